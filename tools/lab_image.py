"""`make lab-setup`: builds the image of all lab hosts where it isn't there yet, and says how long it took."""

from __future__ import annotations

import sys
import time

from lab.drivers.container.images import ensure_image, image_name, packages
from lab.errors import LabError


def main() -> int:
    """Build it."""
    begun = time.monotonic()
    try:
        ensure_image()
    except LabError as refused:
        sys.stderr.write(f"{refused.render('ja')}\n")
        return 2
    names = packages()
    print(f"{image_name(names)}: {len(names)} パッケージ、{time.monotonic() - begun:.0f} 秒")
    return 0


if __name__ == "__main__":
    sys.exit(main())

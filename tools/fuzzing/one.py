"""Fuzzes one target until its time is over or it fails: `python -m tools.fuzzing.one NAME [libFuzzer's arguments]`."""

from __future__ import annotations

import logging
import sys

import atheris

with atheris.instrument_imports(include=["scanners", "sekisho"]):
    from tools.fuzzing.targets import targets

    targets()  # imports every scanner, while imports are instrumented


def main() -> None:
    """Hand the target to libFuzzer, which ends the process."""
    logging.disable(logging.CRITICAL)  # openpyxl and others warn of every odd byte
    target = targets()[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

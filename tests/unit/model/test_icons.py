from __future__ import annotations

import pytest

from sekisho.model.icons import icon_hash


def test_an_icon_is_kept_as_the_md5_of_its_bytes() -> None:
    assert icon_hash(b"abc") == "900150983cd24fb0d6963f7d28e17f72"  # RFC 1321, appendix A.5


def test_no_bytes_are_no_icon() -> None:
    with pytest.raises(ValueError, match="got no bytes"):
        icon_hash(b"")

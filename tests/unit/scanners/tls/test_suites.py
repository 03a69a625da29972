from __future__ import annotations

from tlslite.constants import CipherSuite

from scanners.tls.suites import suite_names


def test_names_agree_with_another_implementation() -> None:
    ours = suite_names()
    theirs = {c: n for c, n in CipherSuite.ietfNames.items() if c < 0x10000 and "draft" not in n}
    assert {c: n for c, n in theirs.items() if ours.get(c, "").lower() != n.lower()} == {}

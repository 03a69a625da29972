from __future__ import annotations

from scanners.tls.selftest import self_test


def test_every_capability_works_here() -> None:
    results = self_test()
    assert [(name, detail) for name, ok, detail in results if not ok] == []
    assert {name for name, _, _ in results} >= {"SSL 3.0", "TLS 1.0", "RC4", "DHE with 512 bits", "DHE with 1024 bits"}

"""The root certificates that an engagement trusts."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509


@dataclass(frozen=True, slots=True)
class RootStore:
    """The roots that certificates of services are held against. path: the document they stand in."""

    path: str
    roots: tuple[x509.Certificate, ...]

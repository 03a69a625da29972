"""The bundle of root certificates that `[assess] root_store` names."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sekisho.errors import ParseError
from sekisho.model.roots import RootStore


def read_roots(path: str, pem: bytes) -> RootStore:
    """Read certificates in PEM form. Raises: ParseError when there is none, or one that can't be read."""
    try:
        return RootStore(path, tuple(x509.load_pem_x509_certificates(pem)))
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        msg = f"root certificates: got {error}, expected certificates in PEM form"
        raise ParseError(msg) from error

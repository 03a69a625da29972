"""Host keys: which key stands behind an algorithm name, and type, size and fingerprint of a key blob. Pure, total.

Source: RFC 4253 6.6 (ssh-rsa, ssh-dss), RFC 5656 3.1 (ECDSA), RFC 8709 4 (Ed25519, Ed448), RFC 8332 3 (rsa-sha2-*).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Final

from scanners.ssh.packets import Fields
from sekisho.errors import ParseError
from sekisho.model.ssh_facts import SshHostKey

RSA: Final = "ssh-rsa"
DSS: Final = "ssh-dss"
_FIXED_BITS: Final = {
    "ssh-ed25519": 256,
    "ssh-ed448": 448,
    "ecdsa-sha2-nistp256": 256,
    "ecdsa-sha2-nistp384": 384,
    "ecdsa-sha2-nistp521": 521,
}
_KEY_OF: Final = {
    "rsa-sha2-512": RSA, "rsa-sha2-256": RSA, RSA: RSA, DSS: DSS, **{name: name for name in _FIXED_BITS}
}  # fmt: skip
"""Key type behind each signature algorithm. Certificates and security-key types are left out: same keys inside."""


def one_per_key(offered: Sequence[str]) -> tuple[str, ...]:
    """Choose one algorithm for each kind of key offered, in the server's order."""
    chosen: dict[str, str] = {}
    for name in offered:
        if name in _KEY_OF:
            chosen.setdefault(_KEY_OF[name], name)
    return tuple(chosen.values())


def parse_host_key(blob: bytes) -> SshHostKey:
    """Read a public key blob. Raises: ParseError for what is cut or of a type not known here."""
    fields = Fields(blob)
    key_type = fields.string().decode("ascii", "backslashreplace")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")
    if key_type == RSA:
        fields.mpint()  # public exponent
        return SshHostKey(key_type, fields.mpint().bit_length(), digest)
    if key_type == DSS:
        return SshHostKey(key_type, fields.mpint().bit_length(), digest)
    if key_type in _FIXED_BITS:
        return SshHostKey(key_type, _FIXED_BITS[key_type], digest)
    msg = f"host key: got type {key_type[:64]!r}, expected one of {sorted({RSA, DSS, *_FIXED_BITS})}"
    raise ParseError(msg)

"""Facts about the two services by which Windows machines are reached most: remote desktop and file sharing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RdpSecurity:
    """Least protection that an RDP service insists on, as it answered an offer of none but its own. Subject: service.

    lowest: standard (RDP's own security is taken) | tls | credssp (log-in before the session, NLA) | "" (it refused for
    another reason). negotiates: it took part in the negotiation; older ones know standard security alone. code: the
    protocol it chose or the reason it refused with, as in MS-RDPBCGR 2.2.1.2.
    """

    lowest: str
    negotiates: bool
    code: int

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"RDP: {self.lowest or 'refused'} (code {self.code})"


@dataclass(frozen=True, slots=True)
class SmbDialect:
    """Newest dialect of SMB 2 and 3 that a file service takes, and whether it insists on signing. Subject: service.

    dialect: 2.0.2 | 2.1 | 3.0 | 3.0.2 | 3.1.1, or the number in hex.
    """

    dialect: str
    signing_required: bool

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"SMB {self.dialect}, signing {'required' if self.signing_required else 'not required'}"

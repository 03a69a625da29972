"""VPN points as the inventory gives them."""

from sekisho.model.vpn_facts import IkeAnswer, VpnEndpoint

POINT = "point:192.0.2.38/K3"
SOUND = IkeAnswer(
    "init", accepted=True, encryption=("aes-cbc-256",), prf=("sha256",), integrity=("sha256",), groups=("modp2048",),
)  # fmt: skip
REFUSED = IkeAnswer("init", accepted=False, refusal="NO_PROPOSAL_CHOSEN")
MAIN = IkeAnswer(
    "main", accepted=True, encryption=("aes-cbc-256",), integrity=("sha1",), groups=("modp2048",), auth=("psk",),
)  # fmt: skip


def endpoint(*offers: IkeAnswer, protocols: tuple[str, ...] = ("ike",)) -> VpnEndpoint:
    return VpnEndpoint(("K3",), protocols, offers)

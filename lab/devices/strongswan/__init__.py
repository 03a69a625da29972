"""strongSwan, the real one: IKE version 1 (main or aggressive mode) and version 2, with a shared secret."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line


class StrongswanParams(KindParams):
    """Versions and proposals. The port is 500 always, and 4500 beside it."""

    versions: tuple[Literal["ikev1", "ikev2"], ...] = Field(("ikev2",), min_length=1, examples=[["ikev1"]])
    aggressive: bool = Field(False, examples=[True], description="aggressive mode of version 1")
    ike: tuple[Line, ...] = Field(
        ("aes256-sha256-modp2048",), min_length=1, examples=[["3des-sha1-modp1024"]], description="no others are taken"
    )
    esp: tuple[Line, ...] = Field(("aes256-sha256",), min_length=1, examples=[["3des-md5"]])
    identity: Line = Field("", examples=["vpn.example.jp"], description="empty = its address")
    secret: Line = Field("lab-shared-secret", examples=["hospital"])


def prepare(params: StrongswanParams, place: Place) -> tuple[Program, ...]:
    """Write ipsec.conf and its companions; the program reads them from /etc."""
    connections = [
        f"conn {version}\n  keyexchange={version}\n  aggressive={'yes' if params.aggressive else 'no'}\n"
        f"  ike={','.join(params.ike)}!\n  esp={','.join(params.esp)}!\n  authby=secret\n  left=%any\n"
        + (f"  leftid={params.identity}\n" if params.identity else "")
        + "  right=%any\n  rightsubnet=0.0.0.0/0\n  auto=add\n"
        for version in params.versions
    ]
    ipsec = place.write("ipsec.conf", "config setup\n\n" + "\n".join(connections))
    secrets = place.write("ipsec.secrets", f': PSK "{params.secret}"\n', mode=0o600)
    # Off by default, since the secret can be guessed offline: which is what a scenario with it wants to show.
    psk = "  i_dont_care_about_security_and_use_aggressive_mode_psk = yes\n" if params.aggressive else ""
    charon = place.write("strongswan.conf", f"charon {{\n  load_modular = yes\n{psk}  plugins {{\n"
                         "    include strongswan.d/charon/*.conf\n  }\n}\n")  # fmt: skip
    copies = tuple(("cp", file, f"/etc/{file.rsplit('/', 1)[1]}") for file in (ipsec, secrets, charon))
    return (Program(("ipsec", "start", "--nofork"), before=copies),)


KIND = Kind(
    name="strongswan",
    params=StrongswanParams,
    transports=("udp",),
    software=Software(
        packages=("strongswan-charon", "strongswan-starter", "libstrongswan-extra-plugins"),
        prepare=prepare,
        capabilities=("NET_ADMIN",),
    ),
)

"""ipmi_sim of OpenIPMI, the real one: a management controller's IPMI over the network."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line

Login = Literal["none", "md2", "md5", "straight"]


class IpmiParams(KindParams):
    """Who may log in."""

    logins: tuple[Login, ...] = Field(("md5",), min_length=1, examples=[["none", "md5"]], description="of IPMI 1.5")
    anonymous: bool = Field(False, examples=[True], description="a user without name and password")
    user: Line = Field("operator", examples=["ADMIN"])


def prepare(params: IpmiParams, place: Place) -> tuple[Program, ...]:
    """Write the controller's network settings and what it is made of."""
    logins = " ".join(params.logins)
    levels = "".join(f"    allowed_auths_{level} {logins}\n" for level in ("callback", "user", "operator", "admin"))
    nobody = f'  user 1 true "" "" admin 10 {logins}\n' if params.anonymous else ""
    lan = place.write(
        "lan.conf",
        f'name "lab"\nset_working_mc 0x20\n  startlan 1\n    addr :: {place.port}\n    priv_limit admin\n{levels}'
        f"    guid a123456789abcdefa123456789abcdef\n  endlan\n{nobody}"
        f'  user 2 true "{params.user}" "secret" admin 10 {logins}\n',
        mode=0o600,
    )
    made_of = place.write(
        "controller.emu",
        "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n",
    )
    state = str(place.inside / "state")
    command = ("ipmi_sim", "-c", lan, "-f", made_of, "-s", state, "-n")
    return (Program(command, before=(("mkdir", "-p", state),)),)


KIND = Kind(
    name="ipmi",
    params=IpmiParams,
    transports=("udp",),
    software=Software(packages=("openipmi",), prepare=prepare),
)

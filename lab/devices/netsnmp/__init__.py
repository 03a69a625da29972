"""snmpd of Net-SNMP, the real one, with SNMP 1, 2c and 3."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line

SECURITY_MODELS = {"1": "v1", "2c": "v2c"}


class NetsnmpParams(KindParams):
    """Who may read, and what he reads."""

    versions: tuple[Literal["1", "2c", "3"], ...] = Field(("1", "2c"), min_length=1, examples=[["3"]])
    communities: tuple[Line, ...] = Field(("public",), examples=[["public", "private"]])
    user: Line = Field("lab", examples=["operator"], description="of SNMP 3")
    level: Literal["noAuth", "auth", "priv"] = Field("auth", examples=["noAuth"], description="lowest one of SNMP 3")
    sysdescr: Line = Field("", examples=["RTX1210 Rev.14.01.34"], description="empty = the machine's own")
    sysname: Line = Field("", examples=["maint-router"])
    syslocation: Line = Field("", examples=["server room"])
    sysobjectid: str = Field("", pattern=r"^[0-9.]*$", examples=["1.3.6.1.4.1.1182.1.34"])

    @model_validator(mode="after")
    def _has_communities(self) -> NetsnmpParams:
        """Refuse the old versions without anybody who may use them."""
        if set(self.versions) & SECURITY_MODELS.keys() and not self.communities:
            raise PydanticCustomError("no_community", "expected a community for SNMP 1 and 2c")
        return self


def prepare(params: NetsnmpParams, place: Place) -> tuple[Program, ...]:
    """Write snmpd.conf."""
    lines = [f"agentaddress udp:{place.port},udp6:{place.port}", "view everything included .1"]
    for number, community in enumerate(params.communities):
        lines += [f'{family} reader{number} default "{community}"' for family in ("com2sec", "com2sec6")]
        lines += [
            f"group readers {model} reader{number}"
            for version, model in SECURITY_MODELS.items()
            if version in params.versions
        ]
    lines.append('access readers "" any noauth exact everything none none')
    if "3" in params.versions:
        lines += [
            f'createUser {params.user} SHA "authentication-secret" AES "privacy-secret"',
            f"rouser {params.user} {params.level.lower()} .1",
        ]
    given = {
        "sysDescr": params.sysdescr,
        "sysName": params.sysname or place.host,
        "sysLocation": params.syslocation,
        "sysObjectID": params.sysobjectid,
    }
    lines += [f"{name} {value}" for name, value in given.items() if value]
    file = place.write("snmpd.conf", "\n".join(lines) + "\n", mode=0o600)
    return (Program(("snmpd", "-f", "-Lo", "-C", "-c", file), before=(("mkdir", "-p", "/var/lib/snmp"),)),)


KIND = Kind(
    name="netsnmp", params=NetsnmpParams, transports=("udp",), software=Software(packages=("snmpd",), prepare=prepare)
)

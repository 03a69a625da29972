"""SNMP agent, version 1 and 2c, with the system group; answers its own communities only."""

from __future__ import annotations

import re

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import serve_datagrams
from lab.devices.snmp.agent import answering
from lab.devices.snmp.ber import OCTET_STRING, TIME_TICKS, Oid, encode, encode_oid

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)  # RFC 3418
UP_TIME = (1_234_567).to_bytes(3, "big")


class SnmpParams(KindParams):
    """Who may read, and what he reads."""

    communities: tuple[str, ...] = Field(("public",), min_length=1, examples=[["public", "private"]])
    sysdescr: str = Field("", examples=["RTX1210 Rev.14.01.34 (Fri Jul  5 11:17:21 2019)"])
    sysname: str = Field("", examples=["maint-router"])
    sysobjectid: str = Field("1.3.6.1.4.1.99999", examples=["1.3.6.1.4.1.1182.1.34"])
    syslocation: str = Field("", examples=["サーバ室"])

    @field_validator("sysobjectid")
    @classmethod
    def _dotted(cls, value: str) -> str:
        """Refuse what is no object identifier."""
        if not re.fullmatch(r"[012]\.[1-3]?[0-9](\.[0-9]{1,9})*", value):
            raise PydanticCustomError("bad_oid", "expected an object identifier such as 1.3.6.1.4.1.1182.1.34")
        return value


def system_group(params: SnmpParams) -> dict[Oid, bytes]:
    """Give the objects of the agent, object identifier → encoded value."""
    identity = encode_oid(tuple(int(arc) for arc in params.sysobjectid.split(".")))
    return {
        (*SYSTEM, 1, 0): encode(OCTET_STRING, params.sysdescr.encode()),
        (*SYSTEM, 2, 0): identity,
        (*SYSTEM, 3, 0): encode(TIME_TICKS, UP_TIME),
        (*SYSTEM, 5, 0): encode(OCTET_STRING, params.sysname.encode()),
        (*SYSTEM, 6, 0): encode(OCTET_STRING, params.syslocation.encode()),
    }


async def serve(params: SnmpParams, site: Site) -> Running:
    """Listen at `site`."""
    communities = tuple(community.encode() for community in params.communities)
    return await serve_datagrams(site, answering(system_group(params), communities))


KIND = Kind(name="snmp", params=SnmpParams, transports=("udp",), serve=serve)

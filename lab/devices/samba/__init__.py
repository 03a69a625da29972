"""Samba's file server, the real one; nobody has an account."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line

SIGNING = {"off": "disabled", "offered": "auto", "required": "mandatory"}


class SambaParams(KindParams):
    """Dialects and signing."""

    smb1: bool = Field(False, examples=[True], description="still speaks SMB 1 (NT1)")
    newest: Literal["NT1", "SMB2_10", "SMB3_11"] = Field("SMB3_11", examples=["SMB2_10"])
    signing: Literal["off", "offered", "required"] = Field("offered", examples=["off"])
    workgroup: Line = Field("WORKGROUP", examples=["HOSPITAL"])
    guest: bool = Field(False, examples=[True], description="a share that anybody may read")


def prepare(params: SambaParams, place: Place) -> tuple[Program, ...]:
    """Write smb.conf."""
    lines = {
        "workgroup": params.workgroup,
        "server role": "standalone server",
        "smb ports": str(place.port),
        "disable netbios": "yes",
        "server min protocol": "NT1" if params.smb1 or params.newest == "NT1" else "SMB2_02",
        "server max protocol": params.newest,
        "server signing": SIGNING[params.signing],
        "map to guest": "Bad User" if params.guest else "Never",
        "log file": "/dev/stderr",
        "load printers": "no",
        "printcap name": "/dev/null",
    }
    share = f"[share]\n  path = {place.inside}/share\n  guest ok = yes\n  read only = yes\n" if params.guest else ""
    body = "".join(f"  {name} = {value}\n" for name, value in lines.items())
    file = place.write("smb.conf", f"[global]\n{body}{share}")
    place.write("share/readme.txt", "lab\n")
    command = ("smbd", "--foreground", "--no-process-group", "--debug-stdout", f"--configfile={file}")
    return (Program(command, before=(("mkdir", "-p", "/run/samba", "/var/log/samba"),)),)


KIND = Kind(
    name="samba", params=SambaParams, transports=("tcp",), software=Software(packages=("samba",), prepare=prepare)
)

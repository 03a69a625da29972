"""FTP server up to the login, which nobody passes (RFC 959; FEAT of RFC 2389; AUTH of RFC 4217)."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.lines import serve_lines
from lab.devices.parameters import Line
from lab.devices.tls.openssl_engine import build_upgrade
from lab.devices.tls.params import UPGRADE, Upgrade


class FtpParams(KindParams):
    """What the server says of itself."""

    banner: Line = Field("FTP server ready.", examples=["ProFTPD 1.3.3c Server"], description="after 220")
    features: tuple[Line, ...] = Field((), examples=[["MDTM", "UTF8"]], description="lines of FEAT")
    auth_tls: Upgrade = Field(False, examples=[True, {"versions": ["tls1.0", "tls1.2"]}], description=UPGRADE)


def answer(line: str, params: FtpParams) -> tuple[str, str]:  # noqa: PLR0911 - one per command
    """Answer one command."""
    verb, _, argument = line.partition(" ")
    match verb.upper():
        case "QUIT":
            return "221 Goodbye.", "close"
        case "USER":
            return f"331 Password required for {argument}.", "go_on"
        case "PASS":
            return "530 Login incorrect.", "go_on"
        case "FEAT":
            features = [*params.features, *(["AUTH TLS"] if params.auth_tls is not False else [])]
            listed = "\r\n".join(["211-Features:", *(f" {feature}" for feature in features), "211 End"])
            return listed if features else "211 No features.", "go_on"
        case "AUTH" if params.auth_tls is not False and argument.upper() in {"TLS", "TLS-C", "SSL"}:
            return "234 AUTH command OK.", "start_tls"
        case "NOOP":
            return "200 NOOP ok.", "go_on"
        case "AUTH":
            return "502 AUTH not supported.", "go_on"
        case _:
            return "530 Please login with USER and PASS.", "go_on"


async def serve(params: FtpParams, site: Site) -> Running:
    """Listen at `site`."""
    greeting = params.banner if params.banner.startswith("220") else f"220 {params.banner}"
    tls = build_upgrade(params.auth_tls, site)
    return await serve_lines(site, greeting, lambda line: answer(line, params), tls=tls)


KIND = Kind(name="ftp", params=FtpParams, transports=("tcp",), serve=serve)

"""Mail server that takes no mail: greets, lists its extensions, refuses to relay (RFC 5321; STARTTLS of RFC 3207)."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.lines import serve_lines
from lab.devices.parameters import Line
from lab.devices.tls.openssl_engine import build_upgrade
from lab.devices.tls.params import UPGRADE, Upgrade


class SmtpParams(KindParams):
    """What the server says of itself."""

    banner: Line = Field("mail.example.jp ESMTP", examples=["mail.example.jp ESMTP Postfix"], description="after 220")
    starttls: Upgrade = Field(False, examples=[True, {"versions": ["tls1.0", "tls1.2"]}], description=UPGRADE)


def answer(line: str, params: SmtpParams) -> tuple[str, str]:  # noqa: PLR0911 - one per command
    """Answer one command."""
    name = params.banner.removeprefix("220 ").split(" ", 1)[0]
    match line.partition(" ")[0].upper():
        case "QUIT":
            return "221 2.0.0 Bye", "close"
        case "HELO":
            return f"250 {name}", "go_on"
        case "EHLO":
            extensions = [
                "PIPELINING",
                "SIZE 10240000",
                *(["STARTTLS"] if params.starttls is not False else []),
                "8BITMIME",
            ]
            lines = [name, *extensions]
            return "\r\n".join([*(f"250-{entry}" for entry in lines[:-1]), f"250 {lines[-1]}"]), "go_on"
        case "STARTTLS" if params.starttls is not False:
            return "220 2.0.0 Ready to start TLS", "start_tls"
        case "NOOP" | "RSET" | "MAIL":
            return "250 2.0.0 Ok", "go_on"
        case "RCPT":
            return "554 5.7.1 Relay access denied", "go_on"
        case "DATA":
            return "503 5.5.1 No valid recipients", "go_on"
        case _:
            return "502 5.5.2 Command not recognized", "go_on"


async def serve(params: SmtpParams, site: Site) -> Running:
    """Listen at `site`."""
    greeting = params.banner if params.banner.startswith("220") else f"220 {params.banner}"
    tls = build_upgrade(params.starttls, site)
    return await serve_lines(site, greeting, lambda line: answer(line, params), tls=tls)


KIND = Kind(name="smtp", params=SmtpParams, transports=("tcp",), serve=serve)

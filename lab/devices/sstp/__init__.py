"""SSTP server up to the answer to the first request (MS-SSTP 3.3.5.1), and a shut web server; no tunnel begins."""

from __future__ import annotations

from pydantic import Field

from lab.devices.http.pages import HEAD_END, make_page
from lab.devices.kind import Kind, Running, Site
from lab.devices.listening import Application
from lab.devices.parameters import Line
from lab.devices.tls.params import TlsParams
from lab.devices.tls.serve import serve_tls

METHOD = b"SSTP_DUPLEX_POST"
PATH = b"/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/"
ENDLESS = "18446744073709551615"


class SstpParams(TlsParams):
    """What the server calls itself, beside what it accepts in TLS."""

    server: Line | None = Field(
        "Microsoft-HTTPAPI/2.0", examples=["SoftEther"], description="Server header; Windows has this one"
    )
    status: int = Field(404, ge=400, le=599, examples=[403], description="to whoever asks for a page")


def answering(params: SstpParams) -> Application:
    """Give the application: all bytes so far → the answer, or None while the request's head isn't complete."""
    named = [] if params.server is None else [("Server", params.server)]

    def answer(received: bytes) -> bytes | None:
        if HEAD_END not in received:
            return None
        words = received.split(b"\r\n", 1)[0].split()
        if words[:2] == [METHOD, PATH]:
            lines = ["HTTP/1.1 200", f"Content-Length: {ENDLESS}", *(f"{name}: {value}" for name, value in named)]
            return "\r\n".join(lines).encode() + HEAD_END
        page = make_page(params.status, named, "text/html", b"<html><body>Not here</body></html>")
        return page.head + page.body

    return answer


async def serve(params: SstpParams, site: Site) -> Running:
    """Listen at `site`."""
    return await serve_tls(params, site, answering(params))


KIND = Kind(name="sstp", params=SstpParams, transports=("tcp",), serve=serve)

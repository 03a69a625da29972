"""telnetd of GNU inetutils, the real one, started by inetd for each caller."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line

DAEMON = "/usr/sbin/telnetd"


class TelnetdParams(KindParams):
    """What a caller sees before the prompt."""

    issue: Line = Field("", examples=["board-sv"], description="line before the first prompt")


def prepare(params: TelnetdParams, place: Place) -> tuple[Program, ...]:
    """Write inetd.conf and the line that login shows."""
    issue = place.write("issue", f"{params.issue}\n" if params.issue else "")
    rows = [f"{place.port} stream {family} nowait root {DAEMON} telnetd\n" for family in ("tcp4", "tcp6")]
    configuration = place.write("inetd.conf", "".join(rows))
    copy = ("cp", issue, "/etc/issue.net")
    return (Program(("inetutils-inetd", "-d", configuration), before=(copy,)),)


KIND = Kind(
    name="telnetd",
    params=TelnetdParams,
    transports=("tcp",),
    software=Software(packages=("inetutils-inetd", "inetutils-telnetd"), prepare=prepare),
)

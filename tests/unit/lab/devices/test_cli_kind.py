"""Command lines of network devices: what a session shows, over SSH and telnet, and what the journal proves."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, get_args

import asyncssh
import pytest

from lab.devices.cli.lines import Shell
from lab.devices.cli.params import CliParams
from lab.devices.cli.platform import FOLDER, PlatformName, read_platform
from lab.devices.cli.terminal import Terminal
from lab.devices.journal import LOGGER
from lab.devices.kind import Site
from lab.devices.telnet.options import OPENING
from tests.unit.lab.devices.starting import Make, served

PLATFORMS: tuple[PlatformName, ...] = get_args(PlatformName)
ENTER_CONFIGURATION = {
    "yamaha_rtx": "ip lan1 address 192.0.2.9/24",
    "nec_ix": "interface GigaEthernet0.0",
    "fortios": "config system interface",
    "panos": "configure",
    "junos": "configure",
}
"""A command of each platform that would change it; `configure terminal` elsewhere."""


class Session:
    """A terminal with what it noted."""

    def __init__(self, platform: PlatformName = "cisco_ios", **params: Any) -> None:
        self.notes: list[tuple[str, str]] = []
        given = CliParams.model_validate({"platform": platform, "page_lines": 1000, **params})
        shell = Shell(read_platform(platform), given, lambda event, line: self.notes.append((event, line)))
        self.terminal = Terminal(
            shell,
            asks_login=given.over == "telnet",
            check_login=lambda user, password: (user or given.user, password) == (given.user, given.password),
            page_lines=given.page_lines,
        )
        self.shown = self.terminal.open().decode()

    def type(self, keys: str) -> str:
        """Give what is shown in answer to keys."""
        return self.terminal.receive(keys.encode()).decode()


def test_every_platform_has_a_file_that_says_what_is_not_verified() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == set(PLATFORMS)
    for name in PLATFORMS:
        platform = read_platform(name)
        assert platform.source
        assert platform.unverified
        assert not any(name.startswith(platform.configuration) for name in platform.by_name())
        assert all(off.startswith(tuple(platform.session)) for off in platform.pager_off)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_configuring_is_refused_at_both_levels_and_noted(platform: PlatformName) -> None:
    session = Session(platform)
    command = ENTER_CONFIGURATION.get(platform, "configure terminal")
    error = read_platform(platform).refused.strip().splitlines()[-1]
    for _ in range(2):
        assert error in session.type(f"{command}\r")
        for enable in read_platform(platform).enable[:1]:
            session.type(f"{enable}\rlab-admin\r")
    assert [line for event, line in session.notes if event == "cli.configuration"] == [command] * 2


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_listed_command_answers_at_the_highest_level(platform: PlatformName) -> None:
    session = Session(platform, model="MODEL-X", version="9.9.9-lab", hostname="h1", serial="S-1")
    described = read_platform(platform)
    if described.enable:
        session.type(f"{described.enable[0]}\r")
        if described.enable_prompt:
            session.type("lab-admin\r")
    shown = "".join(session.type(f"{name}\r") for name in described.by_name())
    assert "9.9.9-lab" in shown
    assert "@" not in shown.replace("admin@h1", "").replace("lab@example.jp", "")
    assert {event for event, _ in session.notes} <= {"cli.command", "cli.enable"}


def test_a_privileged_command_needs_the_higher_level() -> None:
    session = Session()
    assert session.shown == "router>"
    refused = session.type("show running-config\r")
    assert refused.startswith("show running-config\r\n       ^\r\n% Invalid input")
    assert session.type("enable\r").endswith("Password: ")
    assert session.type("wrong\r") == "\r\n% Access denied\r\n\r\nrouter>"
    session.type("enable\r")
    assert session.type("lab-admin\r") == "\r\nrouter#"
    assert "hostname router\r\n" in session.type("show   running-config \r")
    assert session.type("disable\r").endswith("router>")
    assert [event for event, _ in session.notes if event != "cli.command"] == [
        "cli.unprivileged",
        "cli.enable",
        "cli.enable",
    ]


def test_exit_leads_down_first_where_the_platform_does_so() -> None:
    session = Session("yamaha_rtx")
    session.type("administrator\rlab-admin\r")
    assert session.type("exit\r").endswith("rtx> ")
    assert not session.terminal.is_over
    session.type("exit\r")
    assert session.terminal.is_over


def test_the_pager_stops_goes_on_and_can_be_left() -> None:
    session = Session("yamaha_rtx", page_lines=5)
    first = session.type("show environment\r")
    assert first.endswith("---more---")
    assert first.count("\r\n") == 1 + 5
    assert session.type("\r").count("\r\n") == 1
    assert session.type(" ").count("\r\n") == 5
    assert session.type("q").endswith("rtx> ")
    session.type("console lines infinity\r")
    assert session.type("show environment\r").endswith("TELNET: OFF\r\nrtx> ")


def test_a_session_setting_answers_with_its_value() -> None:
    session = Session("junos")
    assert "\r\nScreen width set to 511\r\n" in session.type("set cli screen-width 511\r")
    assert session.type("set cli timestamp\r").endswith("timestamp\r\nadmin@srx-lab> ")
    assert {event for event, _ in session.notes} == {"cli.command"}


def test_a_filter_keeps_the_lines_with_its_text() -> None:
    session = Session("fortios", version="v7.2.8")
    shown = session.type("get system status | grep Version:\r").splitlines()
    assert shown[1:] == ["Version: FortiGate-60E v7.2.8", "FGT60E-LAB $ "]
    session.type("config system console | grep x\r")
    assert session.notes[-1] == ("cli.configuration", "config system console")


def test_editing_cancelling_and_line_ends() -> None:
    session = Session()
    assert session.type("shx\x7fow clock\r\n").startswith("shx\b \bow clock\r\n")
    assert session.notes[-1] == ("cli.unknown", "show clock")
    assert session.type("abc\x03") == "abc\r\nrouter>"
    assert session.type("\r\0\n") == "\r\nrouter>\r\nrouter>"
    assert session.type("\x7f") == ""
    assert len(session.type("A" * 10_000)) == 4096


def test_telnet_asks_for_name_and_password_three_times() -> None:
    session = Session(over="telnet")
    assert session.shown.endswith("Username: ")
    assert session.type("admin\r") == "admin\r\nPassword: "
    assert session.type("wrong\r").startswith("\r\n\r\n% Login invalid\r\n")
    session.type("admin\rwrong\r")
    session.type("admin\rwrong\r")
    assert session.terminal.is_over
    assert session.type("x") == ""


def events(journal: pytest.LogCaptureFixture) -> list[tuple[str, object]]:
    """Give the events noted, and the line or whether a login was accepted."""
    rows = [json.loads(record.getMessage()) for record in journal.records if record.name == LOGGER]
    return [(row["event"], row.get("line", row.get("accepted"))) for row in rows]


async def test_a_real_ssh_client_reads_and_is_refused(make_site: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    site = make_site()
    async with served("cli", site, platform="junos", version="21.4R3"):
        with pytest.raises(asyncssh.PermissionDenied):
            await asyncssh.connect(site.address, site.port, username="admin", password="x", known_hosts=None)
        async with asyncssh.connect(
            site.address, site.port, username="admin", password="lab-only", known_hosts=None
        ) as client:
            single = await client.run("show version")
            assert "Junos: 21.4R3" in str(single.stdout)
            async with client.create_process(term_type="vt100") as shell:
                await shell.stdout.readuntil("admin@srx-lab> ")
                shell.stdin.write("configure\r")
                assert "unknown command" in await shell.stdout.readuntil("admin@srx-lab> ")
                shell.stdin.write("exit\r")
                await shell.wait_closed()
                assert shell.exit_status == 0
    assert events(caplog) == [
        ("cli.login", False),
        ("cli.login", True),
        ("cli.command", "show version"),
        ("cli.command", "configure"),
        ("cli.configuration", "configure"),
        ("cli.command", "exit"),
    ]
    assert "lab-only" not in caplog.text


async def read_until(site: Site, *turns: tuple[bytes, bytes]) -> bytes:
    """Type each line after its prompt, and give what comes then up to the end."""
    reader, writer = await asyncio.open_connection(site.address, site.port)
    assert await reader.readexactly(len(OPENING)) == OPENING
    for prompt, line in turns:
        await reader.readuntil(prompt)
        writer.write(line + b"\r\n")
    received = await reader.read()
    writer.close()
    return received


@pytest.mark.parametrize(
    ("platform", "turns"),
    [
        ("yamaha_rtx", [(b"Password: ", b"lab-only")]),
        ("nec_ix", [(b"login: ", b"admin"), (b"Password: ", b"lab-only")]),
    ],
)
async def test_telnet_leads_to_the_prompt(platform: str, turns: list[tuple[bytes, bytes]], make_site: Make) -> None:
    site = make_site()
    prompt = read_platform(platform).prompt.replace("@hostname@", "gw").encode()
    async with served("cli", site, platform=platform, over="telnet", hostname="gw", greeting="Hello\r\n"):
        received = await read_until(site, *turns, (prompt, b"exit"))
    assert received == b"exit\r\n"

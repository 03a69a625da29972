"""What a device's configuration says of it: how its management is restricted, where its log goes, its time comes from.

Sends: nothing. Files that were handed over are read (`sekisho ingest`); secrets are masked before anything is stored.
Source: domain notes C and C1; per platform the module that reads it.
Limits: a configuration says what a device is set to, not what it does. Read so far: YAMAHA RTX, NVR and FWX; seven
other platforms are recognised and then count as not understood. A line that was not understood leaves every answer open
that it could change.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from scanners.configs.device import Account, Device
from scanners.configs.platforms import Platform, recognise_platform
from scanners.configs.text import Line, read_lines
from scanners.configs.tree import Tree
from scanners.configs.yamaha.parse import parse
from sekisho.gate.wire import Job, Wire
from sekisho.model.address_sets import ANYBODY, NOBODY
from sekisho.model.attempts import Outcome
from sekisho.model.config_facts import ConfigLogging, ConfigManagement, ConfigRead, ConfigTime
from sekisho.model.facts import Fact
from sekisho.model.observations import Reading
from sekisho.model.subjects import FACILITY, IPAddress, Subject, host, service
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner, Stage

_READERS: Final = {Platform.YAMAHA: parse}
_LOGGING: Final = ("syslog",)
_TIME: Final = ("ntpdate", "sntpd", "schedule")
_ACCESS: Final = frozenset({
    "telnetd", "sshd", "httpd", "sftpd", "tftp", "ip", "ipv6", "snmpv2c", "snmpv3", "rip", "ospf", "bgp",
})  # fmt: skip
"""A line that begins so and was not understood could change who gets in."""


async def run(_: Job, wire: Wire) -> None:
    """Do nothing: configurations are handed over, never fetched."""
    wire.note("configurations are handed over, never fetched")


def read(transcript: Transcript) -> Reading:
    """Read the file that a transcript holds."""
    raw = b"".join(e.data for e in transcript.events if e.kind is EventKind.FILE)
    lines = read_lines(raw)
    platform = recognise_platform(lines)
    if platform is None:
        return Reading(Outcome.PROTOCOL_ERROR, (), "no platform's configuration is recognised in this file")
    name = str(transcript.options.get("path", ""))
    if platform not in _READERS:
        unread = tuple((line.number, line.text.strip()[:200]) for line in lines)
        fact = ConfigRead(name, platform.value, "", "", "", (), len(lines), 0, 0, unread)
        return Reading(Outcome.OK, ((FACILITY, fact),))
    device, tree, account = _READERS[platform](lines)
    return Reading(Outcome.OK, tuple(_facts(name, platform, lines, (device, tree, account))))


def _facts(
    name: str, platform: Platform, lines: tuple[Line, ...], parsed: tuple[Device, Tree, Account]
) -> Iterator[tuple[Subject, Fact]]:
    """Give the facts of one device, named by its first static address."""
    device, tree, account = parsed
    addresses: tuple[IPAddress, ...] = tuple(ip_address(str(a.ip)) for i in device.interfaces for a in i.addresses)
    subject = host(addresses[0]) if addresses else FACILITY
    left = account.left(lines, tree.significant)
    heads = {head for _, text in left for head in _heads(text.split())}
    yield (
        subject,
        ConfigRead(
            name, platform.value, device.hostname, device.version, device.model, addresses, len(tree.significant),
            len(account.understood), len(account.irrelevant.keys() - account.understood), left,
        ),
    )  # fmt: skip
    yield subject, ConfigLogging(tuple(device.syslog), not heads & {*_LOGGING}, tuple(device.syslog.values()))
    yield subject, ConfigTime(tuple(device.time), not heads & {*_TIME}, tuple(device.time.values()))
    at = {i.name: i.addresses for i in device.interfaces}
    is_whole = not heads & _ACCESS
    for one in device.management:
        places = [service(a.ip, one.transport, one.port) for a in at[one.interface]] or [subject]
        fact = ConfigManagement(
            one.protocol, one.transport, one.port, one.interface, one.enabled,
            one.who.surely if is_whole else NOBODY, one.who.possibly if is_whole else ANYBODY,
            one.lines, one.who.by,
        )  # fmt: skip
        for place in places:
            yield place, fact


def _heads(words: list[str]) -> list[str]:
    """Give the words that say which part a line belongs to: what is taken back, what a schedule does later."""
    if words[0] == "schedule":
        return words
    return words[1:2] if words[0] == "no" else words[:1]


SCANNER = Scanner(
    id="configs",
    version=2,
    stage=Stage.EXAMINE,
    tier=Tier.T0,
    max_connections=0,
    max_packets=0,
    yields=(ConfigRead, ConfigManagement, ConfigLogging, ConfigTime),
    run=run,
    read=read,
)

"""Which of the asked TCP ports are open.

Sends: for each asked port 1 TCP connection without any payload: SYN; if it is answered, ACK and an orderly close
    (FIN, ACK); 4 packets at most to an open port, 1 to a closed or silent one. A silent port is not asked again.
    On a T1 device one port at a time. On T2 and T3 devices several may be under way within the pace profile's limits,
    but the DICOM and HL7 ports among those asked (104, 2575, 2761, 2762, 11112) come first, one at a time; as soon as
    one of them is found open, no further port is asked.
    On T2 and T3 devices, where the last that was asked of open ports got no answer, one of those is connected to
    again, at most 2 times and on resuming 2 times more: is the device still there?
    With method "syn" (only where the plan says so, as root): 1 SYN per port, and our kernel's RST if it is answered.
    A silent port of a host that answers is asked a second time, slowly, where packets may have got lost; to see that,
    a port known to answer (option "control") is asked along with every 63 others.
Limits: a port behind a filter that drops is told from a silent one by nothing; where every one of 10 or more ports
    accepts, something in between accepts for the host, and no port is believed. By SYN, on a host that drops most of
    what it gets, the loss of a few packets in a hundred may stay unseen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from scanners.ports.parse import read
from sekisho.errors import ProbeError
from sekisho.gate.wire import ConnectFailed, Job, Wire
from sekisho.model.facts import HostAnswered, PortSeen
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage
from sekisho.scope import AdmittedTarget

NOTHING_FURTHER: Final = (104, 2575, 2761, 2762, 11112)
"""DICOM and HL7 (IANA: acr-nema, hl7, iscl, dicom-tls, dicom): a host with one of them open gets nothing further."""


_Ask = Callable[[AdmittedTarget, Wire], Awaitable[bool]]


async def run(job: Job, wire: Wire) -> None:
    """Ask each target's port once."""
    ask = _ask_by_syn if job.options.get("method") == "syn" else _ask_by_connect
    if job.targets[0].tier <= Tier.T1:
        await _one_by_one(job.targets, wire, ask)
        return
    careful = tuple(t for t in job.targets if t.port in NOTHING_FURTHER)
    if not await _one_by_one(careful, wire, ask):
        return
    rest = tuple(t for t in job.targets if t.port not in NOTHING_FURTHER)
    if ask is _ask_by_syn:
        control = next((t for t in rest if t.port == job.options.get("control")), None)
        await wire.syn(tuple(t for t in rest if t is not control), control=control)
        return
    await _together(rest, wire)


async def _one_by_one(targets: tuple[AdmittedTarget, ...], wire: Wire, ask: _Ask) -> bool:
    """Ask ports in the order given; False when one was open that forbids everything further."""
    for target in targets:
        if await ask(target, wire) and target.port in NOTHING_FURTHER:
            wire.note(f"port {target.port} is open: nothing further is asked")
            return False
    return True


async def _together(targets: tuple[AdmittedTarget, ...], wire: Wire) -> None:
    """Ask all ports at once, as far as the gate lets them; the first refusal or stop ends them all.

    What our side can't ask (a jump host forbids one port) leaves the others be. Raises: ProbeError, the first of them.
    """
    faults: list[ProbeError] = []
    tasks = [asyncio.create_task(_ask_or_say_why(target, wire, faults)) for target in targets]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if faults:
        raise faults[0]


async def _ask_or_say_why(target: AdmittedTarget, wire: Wire, faults: list[ProbeError]) -> None:
    """Ask one port; keep what hindered us, also in the transcript."""
    try:
        await _ask_by_connect(target, wire)
    except ProbeError as fault:
        wire.note(f"port {target.port} not asked: {fault}")
        faults.append(fault)


async def _ask_by_connect(target: AdmittedTarget, wire: Wire) -> bool:
    """Connect and close; True if the port is open."""
    try:
        stream = await wire.connect(target)
    except ConnectFailed:
        return False
    await stream.close()
    return True


async def _ask_by_syn(target: AdmittedTarget, wire: Wire) -> bool:
    """Send one SYN; True if the port is open."""
    return (await wire.syn((target,))).get(target.port) == "open"


SCANNER = Scanner(
    id="ports",
    version=2,
    stage=Stage.PORTS,
    tier=Tier.T1,
    max_connections=65535,
    max_packets=4 * 65535,
    yields=(PortSeen, HostAnswered),
    run=run,
    read=read,
)

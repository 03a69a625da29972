"""Is somebody at this address: one ARP request or neighbour solicitation on the own segment, else one echo.

Sends: to an address on our own segment: 1 broadcast ARP request (42 bytes) or, for IPv6, 1 neighbour solicitation to
    the address's own solicited-node group (86 bytes), and nothing else if it is answered. If it is not, the same once
    more, only to a device of tier T2 or higher: one lost frame must not make a device count as gone.
    Only to a device of tier T2 or higher behind a router: 1 ICMP or ICMPv6 echo request (30 bytes, payload "Sekisho
    network survey"). Never on our own segment: without a MAC it can't leave, and our kernel would ask for one besides.
    A T1 device on our own segment that stays silent on 3 ports in a row, or on the last ones, is asked again, twice at
    most each time: is it still there? To a T1 device behind a router: nothing. To a T0 device: nothing, ever.
    No TCP connection. 2 packets at most.
Limits: a device that answers neither ARP nor echo may still answer on a port; behind a router its MAC stays unknown.
"""

from __future__ import annotations

from scanners.hosts.parse import read
from sekisho.errors import ProbeError
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import HostAnswered
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage


async def run(job: Job, wire: Wire) -> None:
    """Ask for the MAC, a silent T2 device twice; behind a router ask for an echo, where the tier allows it.

    Raises: ProbeError where frames can't be sent at all (no privilege).
    """
    target = job.target
    if await wire.resolve_link(target) is not None or target.tier < Tier.T2:
        return
    if wire.is_on_link(target):
        await wire.resolve_link(target)
        return
    try:
        await wire.echo(target)
    except ProbeError as error:
        # an echo is a convenience: without the privilege the ports still tell whether the host is there
        wire.note(f"no echo: {error}")


SCANNER = Scanner(
    id="hosts",
    version=2,
    stage=Stage.HOST,
    tier=Tier.T1,
    max_connections=0,
    max_packets=2,
    yields=(HostAnswered,),
    run=run,
    read=read,
)

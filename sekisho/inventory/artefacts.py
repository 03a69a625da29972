"""Takes out what something in between answered: it proves nothing about the device that was asked (docs/topics.md).

Two signs, both our own figures (`sekisho.model.artefacts`): every asked port of an address accepts, over all jobs of a
vantage; several devices lead to one and the same other host by plain HTTP. What stays of a device whose ports all
accept is its own answer by ARP or neighbour discovery: there is a machine, of whose ports nothing is known. A MAC that
answers for several devices is no device's own, but that of a decoy or of a router that answers in their place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from sekisho.inventory.observe import Seen, attempt_order
from sekisho.joined import join
from sekisho.model.artefacts import ALL_OPEN, ALL_OPEN_FROM, CAPTIVE, CAPTIVE_FROM
from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.engagement import Engagement
from sekisho.model.facts import Fact, HostAnswered, HttpAnswer, PortSeen, PortStatus
from sekisho.model.observations import Observation
from sekisho.model.subjects import IPAddress, Subject, address_of, host

_At = tuple[str, IPAddress]  # vantage, address
_PORTS: Final = "ports"
_OURS: Final = frozenset({"connect", "syn"})  # how the port scanner asks; what a program reports has its own doubts
_HTTP: Final = "http"
_REDIRECTS: Final = range(300, 400)
_ANSWERED: Final = frozenset({Outcome.OK, Outcome.MIDDLEBOX})


def without_artefacts(seen: Seen, engagement: Engagement) -> Seen:
    """Give what was seen without the answers of something in between; their attempts become `middlebox`."""
    open_everywhere, led_away = _open_everywhere(seen), _led_away(seen, engagement)
    if not open_everywhere and not led_away:
        return seen
    shared = _shared_macs(seen, engagement)
    kept = (
        o for o in seen.observations if not _is_led_away(o, led_away) and not _is_forged(o, open_everywhere, shared)
    )
    attempts = [*(_marked(a, open_everywhere, led_away) for a in seen.attempts), *_of_hosts(seen, open_everywhere)]
    return Seen(tuple(kept), tuple(sorted(attempts, key=attempt_order)))


def _open_everywhere(seen: Seen) -> frozenset[_At]:
    """Give where every asked port accepts: ten of them at least, or as many in one job."""
    ports: dict[_At, dict[Subject, set[PortStatus]]] = defaultdict(lambda: defaultdict(set))
    for one in seen.observations:
        address = address_of(one.subject)
        if isinstance(one.value, PortSeen) and one.value.via in _OURS and address is not None:
            ports[one.vantage, address][one.subject].add(one.value.status)
    told = {(a.vantage, d) for a in seen.attempts if _is_all_open(a) and (d := address_of(a.subject)) is not None}
    only_open = {at for at, found in ports.items() if set().union(*found.values()) == {PortStatus.OPEN}}
    many = {at for at in only_open if len(ports[at]) >= ALL_OPEN_FROM}
    return frozenset(many | {at for at in told if at in only_open or at not in ports})


def _is_all_open(attempt: Attempt) -> bool:
    """Tell whether one job found every port open."""
    return attempt.scanner == _PORTS and attempt.outcome is Outcome.MIDDLEBOX and attempt.detail == ALL_OPEN


def _led_away(seen: Seen, engagement: Engagement) -> Mapping[tuple[str, Subject], str]:
    """Give the services (vantage, subject) whose plain page leads to the host that several devices lead to."""
    rows = {a: f"row {n}" for n, device in enumerate(engagement.devices) for a in device.addresses}
    leading: dict[tuple[str, str], dict[Subject, str]] = defaultdict(dict)
    for one in seen.observations:
        address, page = address_of(one.subject), one.value
        if not isinstance(page, HttpAnswer) or page.tls or page.status not in _REDIRECTS or address is None:
            continue
        other = host_of(page.location)
        if other and other != str(address):
            leading[one.vantage, other][one.subject] = rows.get(address, str(address))
    return {
        (vantage, subject): other
        for (vantage, other), devices in leading.items()
        if len(set(devices.values())) >= CAPTIVE_FROM
        for subject in devices
    }


def host_of(location: str) -> str:
    """Give the host that an absolute address names, in lower case; "" for a path or what is no address."""
    try:
        return (urlsplit(location).hostname or "").lower()
    except ValueError:
        return ""


def _shared_macs(seen: Seen, engagement: Engagement) -> frozenset[str]:
    """Give the MACs that answer for several devices: for two addresses of one family that no register row joins."""
    joined = join(engagement.devices)
    found: dict[tuple[str, int], set[IPAddress]] = defaultdict(set)
    for one in seen.observations:
        address = address_of(one.subject)
        if isinstance(one.value, HostAnswered) and one.value.mac and address is not None:
            device = joined.get(address)
            # a machine with IPv4 and IPv6 has one MAC for both, so that families are counted apart
            found[one.value.mac, address.version].add(device.addresses[0] if device else address)
    return frozenset(mac for (mac, _), devices in found.items() if len(devices) > 1)


def _is_led_away(one: Observation[Fact], led_away: Mapping[tuple[str, Subject], str]) -> bool:
    """Tell whether an observation is the page of a gateway that several devices seem to show."""
    return isinstance(one.value, HttpAnswer) and not one.value.tls and (one.vantage, one.subject) in led_away


def _is_forged(one: Observation[Fact], open_everywhere: frozenset[_At], shared: frozenset[str]) -> bool:
    """Tell whether an observation at an address that accepts everywhere may be the work of something in between."""
    address = address_of(one.subject)
    own = isinstance(one.value, HostAnswered) and bool(one.value.mac) and one.value.mac not in shared
    return address is not None and (one.vantage, address) in open_everywhere and not own


def _marked(attempt: Attempt, open_everywhere: frozenset[_At], led_away: Mapping[tuple[str, Subject], str]) -> Attempt:
    """Turn an attempt that something in between answered into `middlebox`."""
    if attempt.outcome is not Outcome.OK:
        return attempt
    address, other = address_of(attempt.subject), led_away.get((attempt.vantage, attempt.subject))
    if other is not None and attempt.scanner == _HTTP:
        return replace(attempt, outcome=Outcome.MIDDLEBOX, detail=f"{CAPTIVE}{other}")
    if address is not None and (attempt.vantage, address) in open_everywhere and attempt.scanner != "hosts":
        return replace(attempt, outcome=Outcome.MIDDLEBOX, detail=ALL_OPEN)
    return attempt


def _of_hosts(seen: Seen, open_everywhere: Iterable[_At]) -> Iterator[Attempt]:
    """Say once for the host what its ports, asked one by one, have shown together, unless the survey said it."""
    said = {(a.vantage, a.subject) for a in seen.attempts if _is_all_open(a)}
    for vantage, address in sorted(open_everywhere, key=lambda at: (at[0], at[1].version, int(at[1]))):
        if (vantage, host(address)) in said:
            continue
        tries = [a for a in seen.attempts if a.vantage == vantage and address_of(a.subject) == address]
        asked = [a for a in tries if a.outcome in _ANSWERED]
        if asked:
            evidence = tuple(sorted({e for a in asked for e in a.evidence}))
            last = max(a.at for a in asked)
            yield Attempt(host(address), vantage, _PORTS, Outcome.MIDDLEBOX, last, evidence, ALL_OPEN)

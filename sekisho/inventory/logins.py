"""Whether services of data, screens and machines demand a log-in, as far as one request shows.

Topic: service.unauthenticated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Final

from sekisho.inventory.index import Index
from sekisho.inventory.services import PORT_HABITS, ServiceSeen
from sekisho.model.api_facts import ApiAnswer
from sekisho.model.database_facts import MemcachedAnswer, RedisAnswer
from sekisho.model.facts import Greeting
from sekisho.model.service_facts import LogInDemand, VncSecurity
from sekisho.model.udp_facts import IpmiChannel

ANSWERED, DEMANDED, REFUSED, NOT_SEEN, NOT_IDENTIFIED = "answered", "demanded", "refused", "not_seen", "not_identified"
_WORST_FIRST: Final = (ANSWERED, NOT_SEEN, DEMANDED, REFUSED)
_CONCERNED: Final = frozenset({
    "redis", "vnc", "mysql", "postgresql", "memcached", "mongodb", "mssql", "zookeeper", "cassandra",
    "elasticsearch", "opensearch", "couchdb", "influxdb", "prometheus", "docker", "kubernetes", "etcd", "ipmi",
})  # fmt: skip
"""Protocols that serve data, a screen or a whole machine, and whose users log in."""
_SUREST_FIRST: Final = (ANSWERED, DEMANDED, NOT_SEEN)
"""Of two answers of one interface at one place; what it tells everybody says nothing against the other one."""
_REDIS: Final = {"pong": ANSWERED, "log_in": DEMANDED, "denied": REFUSED}
"""A Redis that demands a log-in carries out no PING before it; one whose rights forbid PING may permit the rest."""
_MYSQL_REFUSES: Final = "is not allowed to connect to this"
"""Error 1130, in place of the handshake, to a caller for whose address there is no account at all."""
_VNC_NONE: Final = 1
_VNC_WITH_LOG_IN: Final = frozenset({2, 5, 6, 20, 30, 35, 129, 130})
"""Security types that are a way of logging in; the others hold further lists (VeNCrypt, Tight), which we don't see."""


def log_in_demand(index: Index, service: ServiceSeen, places: Collection[str]) -> LogInDemand | None:
    """Say what one service showed; None for a service of which the question isn't asked.

    Takes: places, the vantages at which it was open; each of them has to be told something. Behind one address, or by
    who asks, answers may differ.
    """
    told = set(_told(index, service))
    protocols = {service.protocol, *(protocol for protocol, _, _ in told)} & _CONCERNED
    if not protocols:
        habit = "" if service.protocol else PORT_HABITS.get((service.transport, service.port), "")
        return LogInDemand(habit, NOT_IDENTIFIED) if habit in _CONCERNED else None
    answers = {answer for _, _, answer in told}
    if set(places) - {vantage for _, vantage, _ in told}:
        answers.add(NOT_SEEN)
    named = min((protocol for protocol, _, answer in told if answer == ANSWERED), default=min(protocols))
    return LogInDemand(named, next((answer for answer in _WORST_FIRST if answer in answers), NOT_SEEN))


def _told(index: Index, service: ServiceSeen) -> Iterator[tuple[str, str, str]]:
    """Give what each answer shows: protocol, vantage, answer."""
    for redis in index.of(RedisAnswer, service.subject):
        yield "redis", redis.vantage, _REDIS.get(redis.value.answer, NOT_SEEN)
    for memcached in index.of(MemcachedAnswer, service.subject):
        yield "memcached", memcached.vantage, ANSWERED if memcached.value.version else DEMANDED
    apis: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in index.of(ApiAnswer, service.subject):
        apis[one.value.api, one.vantage].add(one.value.access)
    for (api, vantage), answers in apis.items():
        yield api, vantage, next(answer for answer in _SUREST_FIRST if answer in answers)
    for vnc in index.of(VncSecurity, service.subject):
        yield "vnc", vnc.vantage, _of_types(frozenset(vnc.value.types))
    for ipmi in index.of(IpmiChannel, service.subject):
        # what it lists holds of IPMI 1.5 alone; 2.0 may take a cipher suite without any authentication
        yield "ipmi", ipmi.vantage, ANSWERED if ipmi.value.needs_no_password else NOT_SEEN
    for greeting in index.of(Greeting, service.subject):
        if greeting.value.protocol == "mysql":
            is_refused = _MYSQL_REFUSES in greeting.value.text
            yield "mysql", greeting.vantage, REFUSED if is_refused else NOT_SEEN


def _of_types(types: frozenset[int]) -> str:
    """Judge the security types of a VNC server: the caller chooses, so the weakest one counts."""
    if _VNC_NONE in types:
        return ANSWERED
    return DEMANDED if types <= _VNC_WITH_LOG_IN else NOT_SEEN

"""Does a service that holds data or a screen demand a log-in.

Pass: its one read-only request was refused, or answered by the demand to log in, at every vantage where it was open.
Fail: the request was carried out without a log-in, or the service offers to let callers in without one.
Unknown: the request tells nothing of it (MySQL, PostgreSQL, SQL Server, MongoDB, Cassandra, ZooKeeper, CouchDB,
InfluxDB and etcd greet everybody before a log-in; a management controller with IPMI names none of the cipher suites
that it takes), or the port is open and the service was not identified.
Source: docs/topics.md, service.unauthenticated; Redis documentation, "AUTH"; memcached, doc/protocol.txt; RFC 6143
§7.2.1 (security type None); IPMI specification 2.0 §22.13 (anonymous log-in, authentication type none).
Limits: Redis, memcached, VNC, IPMI, Elasticsearch, OpenSearch, Prometheus, Docker, Kubernetes and those named above
only. No log-in is tried, so an empty or usual password is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.observations import Observation
from sekisho.model.service_facts import LogInDemand
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="services.log-in-is-demanded",
    version=3,
    topic="service.unauthenticated",
    observes=LogInDemand,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def log_in_is_demanded(seen: Sequence[Observation[LogInDemand]], _: NoParams) -> Verdict | None:
    """Judge one service of data or screens."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[LogInDemand]) -> Verdict:
    """Judge one service by what its answer shows."""
    answer, values = seen.value.answer, (("protocol", seen.value.protocol),)
    if answer == "answered":
        return Verdict(Judgement.FAIL, "answered", seen.evidence, values)
    if answer == "demanded":
        return Verdict(Judgement.PASS, "demanded", seen.evidence, values)
    if answer == "refused":
        return Verdict(Judgement.PASS, "refused", seen.evidence, values)
    reason = "not_identified" if answer == "not_identified" else "not_seen"
    return Verdict(Judgement.UNKNOWN, reason, seen.evidence, values)

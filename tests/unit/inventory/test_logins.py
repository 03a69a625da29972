from __future__ import annotations

from typing import Any

import pytest

from sekisho.model.api_facts import ApiAnswer
from sekisho.model.database_facts import (
    MemcachedAnswer,
    MongodbHello,
    MssqlPrelogin,
    MysqlHandshake,
    PostgresqlAnswer,
    RedisAnswer,
)
from sekisho.model.service_facts import LogInDemand, VncSecurity
from sekisho.model.udp_facts import IpmiChannel
from tests.unit.inventory.worlds import greeting, page, ssh, world


def demands(port: int, *facts: Any) -> list[LogInDemand]:
    taken = world().open(f"service:192.0.2.1/tcp/{port}", *facts).inventory()
    return [o.value for o in taken.index.all if isinstance(o.value, LogInDemand)]


@pytest.mark.parametrize(
    ("port", "facts", "protocol", "answer"),
    [
        (6379, [RedisAnswer("pong")], "redis", "answered"),
        (6379, [RedisAnswer("log_in")], "redis", "demanded"),
        (6379, [RedisAnswer("denied")], "redis", "refused"),
        (6379, [RedisAnswer("no_permission")], "redis", "not_seen"),
        (6379, [RedisAnswer("denied"), RedisAnswer("pong")], "redis", "answered"),
        (6379, [], "redis", "not_identified"),
        (11211, [MemcachedAnswer("1.6.18")], "memcached", "answered"),
        (11211, [MemcachedAnswer("")], "memcached", "demanded"),
        (11211, [greeting("silent", "")], "memcached", "not_identified"),
        (27017, [MongodbHello(21, primary=True, replica_set="")], "mongodb", "not_seen"),
        (1433, [MssqlPrelogin("15.0.2000", "off")], "mssql", "not_seen"),
        (9200, [page(), ApiAnswer("elasticsearch", "8.11.1", "answered")], "elasticsearch", "answered"),
        (9200, [page(), ApiAnswer("elasticsearch", "", "demanded")], "elasticsearch", "demanded"),
        (5984, [page(), ApiAnswer("couchdb", "3.3.3", "not_seen")], "couchdb", "not_seen"),
        (2375, [page(), ApiAnswer("docker", "20.10.24", "answered")], "docker", "answered"),
        (
            6443,
            [page(), ApiAnswer("kubernetes", "", "demanded"), ApiAnswer("kubernetes", "1.28.3", "not_seen")],
            "kubernetes",
            "demanded",
        ),
        (9200, [], "elasticsearch", "not_identified"),
        (5900, [greeting("vnc"), VncSecurity("3.8", (2, 1))], "vnc", "answered"),
        (5900, [greeting("vnc"), VncSecurity("3.8", (2, 30))], "vnc", "demanded"),
        (5900, [greeting("vnc"), VncSecurity("3.8", (2, 19))], "vnc", "not_seen"),
        (5900, [greeting("vnc")], "vnc", "not_seen"),
        (3306, [MysqlHandshake("8.4.3", offers_tls=True, plugin="")], "mysql", "not_seen"),
        (
            3306,
            [greeting("mysql", "'192.0.2.9' is not allowed to connect to this MariaDB server")],
            "mysql",
            "refused",
        ),
        (5432, [PostgresqlAnswer(offers_tls=False)], "postgresql", "not_seen"),
        (5432, [greeting("silent", "")], "postgresql", "not_identified"),
    ],
)
def test_what_one_request_shows_of_a_log_in(port: int, facts: list[Any], protocol: str, answer: str) -> None:
    assert demands(port, *facts) == [LogInDemand(protocol, answer)]


@pytest.mark.parametrize(("port", "facts"), [(80, [page()]), (22, []), (6379, [greeting("ssh")]), (40000, [])])
def test_other_services_are_not_asked_about(port: int, facts: list[Any]) -> None:
    assert demands(port, *facts) == []


NO_ACCOUNT = "'192.0.2.9' is not allowed to connect to this MySQL server"
HANDSHAKE = MysqlHandshake("8.4.3", offers_tls=True, plugin="")


@pytest.mark.parametrize(
    ("port", "here", "there", "answer"),
    [
        (3306, [greeting("mysql", NO_ACCOUNT)], [greeting("mysql", "8.4.3"), HANDSHAKE], "not_seen"),
        (3306, [greeting("mysql", NO_ACCOUNT)], [greeting("mysql", NO_ACCOUNT)], "refused"),
        (6379, [RedisAnswer("denied")], [], "not_seen"),
        (6379, [RedisAnswer("denied")], [RedisAnswer("pong")], "answered"),
        (6379, [RedisAnswer("log_in")], [RedisAnswer("denied")], "demanded"),
        (6379, [ssh()], [RedisAnswer("pong")], "answered"),
        (5900, [greeting("vnc"), VncSecurity("3.8", (2,))], [greeting("vnc")], "not_seen"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_every_place_where_it_is_open_has_to_be_told(
    port: int, here: list[Any], there: list[Any], answer: str, order: int
) -> None:
    made, subject = world(), f"service:2001:db8::1/tcp/{port}"
    for vantage, found in [("management", here), ("guest", there)][::order]:
        made.open(subject, *found, vantage=vantage)
    (demand,) = (o.value for o in made.inventory().index.all if isinstance(o.value, LogInDemand))
    assert demand.answer == answer


def test_a_file_handed_over_tells_nothing_of_log_ins_and_asks_for_nothing() -> None:
    made = world().open("service:192.0.2.1/tcp/6379", RedisAnswer("log_in"))
    made.open("service:192.0.2.1/tcp/6379", vantage="import")
    (demand,) = (o.value for o in made.inventory().index.all if isinstance(o.value, LogInDemand))
    assert demand.answer == "demanded"


@pytest.mark.parametrize(
    ("logins", "anonymous", "answer"),
    [(("none", "md5"), False, "answered"), (("md5",), True, "answered"), (("md5",), False, "not_seen")],
)
def test_a_management_controller_never_passes_from_outside(
    logins: tuple[str, ...], anonymous: bool, answer: str
) -> None:
    channel = IpmiChannel(("1.5", "2.0"), logins, anonymous, unnamed_user=False, user_level=True, per_message=True)
    taken = world().open("service:192.0.2.1/udp/623", channel).inventory()
    assert [o.value for o in taken.index.all if isinstance(o.value, LogInDemand)] == [LogInDemand("ipmi", answer)]

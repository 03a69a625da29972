"""How scanners and checks declare themselves and are found; no registry to edit, no side effect at import."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sekisho.errors import ProfileError
from sekisho.model.engagement import Method
from sekisho.model.observations import Observation, Reading
from sekisho.model.tiers import Tier
from sekisho.model.topics import TOPICS
from sekisho.model.transcript import Transcript
from sekisho.model.verdicts import Actor, Severity, Verdict

if TYPE_CHECKING:
    from sekisho.gate.wire import Job, Wire
    from sekisho.model.services import ServiceView

T = TypeVar("T")
COMMUNITY: Final = "community"
"""The one secret that a scanner can name by now: an SNMP community."""


class Stage(IntEnum):
    """When a scanner runs in the survey of one host."""

    HOST = 0
    PORTS = 1
    IDENTIFY = 2
    EXAMINE = 3
    DETECT = 4


@dataclass(frozen=True, slots=True)
class Scanner:
    """One protocol or technique: what it needs, what it sends, how its transcript is read.

    id: folder name below scanners/. version: raised whenever the same transcript would read differently.
    tier: lowest tier at which it may run. max_connections, max_packets: for one job (DETECT: for one port of it),
    tested against captures.
    by_depth: most connections of one job at a depth (key `tls` of the pace), where that decides; max_connections is the
    largest of them.
    yields: fact types it can prove. applies: pure decision from what is known of a service so far (IDENTIFY and later).
    run: the only I/O, through the wire. read: pure and total, transcript → reading.
    mask: blanks secrets in what a peer sent on one connection before it is stored; keeps the length.
    program: the external program it has the gate start, "" for none.
    udp_ports: of an EXAMINE scanner with transport "udp": what it asks, in this order, one job each, wherever `applies`
    says so; nothing has to be known to be open. With several ports the job's option `answered` lists those of them that
    have answered before. secret: name of the declared secret it asks with, "" for none.
    options: what a job has to know of the service as it is seen by then; it stands in the transcript.
    """

    id: str
    version: int
    stage: Stage
    tier: Tier
    max_connections: int
    max_packets: int
    yields: tuple[type, ...]
    run: Callable[[Job, Wire], Awaitable[None]]
    read: Callable[[Transcript], Reading]
    applies: Callable[[ServiceView], bool] = lambda _: False
    method: Method = Method.ACTIVE
    transport: str = "tcp"
    mask: Callable[[bytes], bytes] | None = None
    program: str = ""
    udp_ports: tuple[int, ...] = ()
    secret: str = ""
    options: Callable[[ServiceView], Mapping[str, Any]] = lambda _: {}
    by_depth: Mapping[str, int] = field(default_factory=dict)

    def cost(self, depth: str) -> tuple[int, int]:
        """Give the most connections and packets of one job at a depth."""
        connections = self.by_depth.get(depth, self.max_connections)
        packets = self.max_packets
        return connections, packets * connections // self.max_connections if connections else packets


@dataclass(frozen=True, slots=True)
class Check(Generic[T]):
    """One question about one type of fact.

    judge: pure; takes all observations of that type on one subject (never empty) and the profile's parameters. None:
    the subject has nothing to do with the question, so there is no finding (docs/topics.md, Verdicts).
    """

    id: str
    version: int
    topic: str
    observes: type[T]
    severity: Severity
    act: Actor
    params: type
    judge: Callable[[Sequence[Observation[T]], Any], Verdict | None]
    experimental: bool = False


def check(
    *,
    id: str,  # noqa: A002 - the field's own name for it
    version: int,
    topic: str,
    observes: type[T],
    severity: Severity,
    act: Actor,
    params: type,
    experimental: bool = False,
) -> Callable[[Callable[[Sequence[Observation[T]], Any], Verdict | None]], Check[T]]:
    """Declare a check around its judging function.

    Raises: ValueError at import when the topic is not of the closed list.
    """
    if topic not in TOPICS:
        msg = f"check {id}: topic {topic!r} is not in the closed list"
        raise ValueError(msg)

    def declare(judge: Callable[[Sequence[Observation[T]], Any], Verdict | None]) -> Check[T]:
        return Check(id, version, topic, observes, severity, act, params, judge, experimental)

    return declare


@dataclass(frozen=True, slots=True)
class NoParams:
    """For checks without thresholds."""


def make_params(kind: type, given: dict[str, Any], *, where: str) -> Any:  # noqa: ANN401 - the check's own Params type
    """Build a check's parameters from a profile; every name must fit.

    Raises: ProfileError naming the place, the surplus and the missing names.
    """
    known = {f.name for f in fields(kind)}
    surplus, missing = sorted(set(given) - known), sorted(known - set(given))
    if surplus or missing:
        msg = f"{where}: parameters got {sorted(given)}, expected {sorted(known)}"
        raise ProfileError(msg)
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    """Import every module below a package, in name order."""
    for info in sorted(pkgutil.walk_packages(package.__path__, package.__name__ + "."), key=lambda i: i.name):
        yield importlib.import_module(info.name)


def discover_checks(package: ModuleType) -> dict[str, Check[Any]]:
    """Find all checks; a check's id must equal its module path (tls.min-version ↔ tls/min_version.py).

    Raises: ValueError on a second owner of an id or an id that differs from the path.
    """
    found: dict[str, Check[Any]] = {}
    for module in _modules(package):
        for value in vars(module).values():
            if not isinstance(value, Check):
                continue
            expected = module.__name__.removeprefix(package.__name__ + ".").replace("_", "-")
            if value.id != expected:
                msg = f"check id: got {value.id!r}, expected {expected!r} from its module path"
                raise ValueError(msg)
            if found.setdefault(value.id, value) is not value:
                msg = f"check id {value.id!r} has two owners"
                raise ValueError(msg)
    return found


def discover_scanners(package: ModuleType) -> dict[str, Scanner]:
    """Find all scanners: `SCANNER` in scanners/<id>/probe.py.

    Raises: ValueError when the id differs from the folder.
    """
    found: dict[str, Scanner] = {}
    for module in _modules(package):
        value = vars(module).get("SCANNER")
        if not isinstance(value, Scanner) or not module.__name__.endswith(".probe"):
            continue
        expected = module.__name__.split(".")[-2].replace("_", "-")
        if value.id != expected:
            msg = f"scanner id: got {value.id!r}, expected {expected!r} from its folder"
            raise ValueError(msg)
        found[value.id] = value
    return found

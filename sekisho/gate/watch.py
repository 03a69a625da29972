"""Watch targets: services whose health stops the survey when they slow down or fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Final, NoReturn

from sekisho.errors import ProbeError
from sekisho.gate.pacing import ConsentClosed, GateRefused, Stopped
from sekisho.gate.wire import ConnectFailed, Job
from sekisho.messages import Sentence
from sekisho.model.engagement import StopRules, WatchTarget
from sekisho.model.ledger import WATCH_JOB
from sekisho.model.subjects import IPAddress, service
from sekisho.model.tiers import Tier
from sekisho.scope import AdmittedTarget, Ask, RefusedBy, Scope

if TYPE_CHECKING:
    from sekisho.gate.session import Gate

_LOG = logging.getLogger(__name__)
EVERY_S: Final = 10.0  # design: stop
BASELINE_PROBES: Final = 3
_NOISE_S: Final = 0.05  # a slow-down below 50 ms is the network's own; a factor of it would stop every survey


class _OutOfReach(Exception):  # noqa: N818 - no error: the target is watched from elsewhere
    """There is no way, or none that we may use, from this vantage to a target; says why."""


Learnt = Callable[[IPAddress], tuple[frozenset[str], frozenset[int]]]
"""The MACs and open TCP ports of an address's device, as far as the run knows them: they may lower its tier."""


def _nothing(_: IPAddress) -> tuple[frozenset[str], frozenset[int]]:
    """Know nothing of any device."""
    return frozenset(), frozenset()


class Watch:
    """Probes each watch target that answers from here every 10 s by one connect, in the ledger like every other.

    What it costs is apart from the target's budget (ADR 0014): a night's watching is more than a T2 host's 500 packets,
    and a survey that stops for that reason every twenty minutes watches nothing.
    """

    def __init__(
        self, gate: Gate, rules: StopRules, scope: Scope, *, every_s: float = EVERY_S, learnt: Learnt = _nothing
    ) -> None:
        """Take the rules; nothing is sent."""
        self._gate, self._rules, self._scope, self._every_s = gate, rules, scope, every_s
        self._learnt = learnt
        self._usual: dict[WatchTarget, float] = {}
        self._slow: dict[WatchTarget, int] = {}

    async def baseline(self) -> tuple[WatchTarget, ...]:
        """Measure each target before the survey; give those that don't answer, or to which there is no way from here.

        Only the others are watched. Raises: Stopped when one may not be asked from anywhere.
        """
        for watched in self._rules.watch:
            with contextlib.suppress(_OutOfReach):
                times = [t for _ in range(BASELINE_PROBES) if (t := await self._probe(watched)) is not None]
                if times:
                    self._usual[watched] = median(times)
        self._slow = dict.fromkeys(self._usual, 0)
        return tuple(w for w in self._rules.watch if w not in self._usual)

    async def run(self) -> None:
        """Probe until cancelled; stop the gate when a target falls silent, or is slow twice in a row."""
        while self._usual and not self._gate.stopped:
            await asyncio.sleep(self._every_s)
            await self.look()

    async def look(self) -> None:
        """Probe each target that is watched once. Raises: Stopped when one is not well."""
        for watched, usual in self._usual.items():
            try:
                took = await self._probe(watched)
            except _OutOfReach as lost:
                self.stop(Sentence("cli.stop.watch_refused", target=label_of(watched), why=lost.args[0]))
            limit = max(usual * self._rules.latency_factor, usual + _NOISE_S)
            self._slow[watched] = self._slow[watched] + 1 if took is not None and took > limit else 0
            if took is None:
                self.stop(Sentence("cli.stop.watch_silent", target=label_of(watched)))
            elif self._slow[watched] >= 2:  # noqa: PLR2004 - one slow answer may be chance
                times = {"took": f"{took:.3f}", "usual": f"{usual:.3f}"}
                self.stop(Sentence("cli.stop.watch_slow", target=label_of(watched), **times))

    def stop(self, why: Sentence) -> NoReturn:
        """Stop the survey. Raises: Stopped, so that no further target is probed."""
        self._gate.stop(why)
        raise Stopped

    async def _probe(self, watched: WatchTarget) -> float | None:
        """Connect once; seconds the connect took on the wire, None when it failed in any way.

        Raises: _OutOfReach when it is this vantage that can't get there, Stopped when it may not be asked at all:
        both say nothing about its health.
        """
        macs, open_ports = self._learnt(watched.address)
        ask = Ask(
            watched.address, self._gate.post.vantage, self._gate.now(), Tier.T2, watched.port, macs=macs,
            open_ports=open_ports,
        )  # fmt: skip
        target = self._scope.admit(ask)
        if not isinstance(target, AdmittedTarget):
            if target.by is RefusedBy.CONSENT_TIME:
                with contextlib.suppress(ConsentClosed):  # other consents are open: what goes on would go unwatched
                    self._gate.consent_closed(watched.address)
            if target.by is RefusedBy.OWNERSHIP:  # asked of external vantages alone
                raise _OutOfReach(target.detail)
            self.stop(Sentence("cli.stop.watch_refused", target=label_of(watched), why=target.detail))
        subject = service(watched.address, "tcp", watched.port)
        job = Job(f"{target.vantage}{WATCH_JOB}{subject}", "watch", subject, target.vantage, (target,))
        wire = self._gate.wire(job, None, budgeted=False)
        try:
            stream = await wire.connect(target)
            await stream.close()
        except GateRefused as refused:  # the way there is not ours to use
            raise _OutOfReach(refused.detail) from refused
        except (ConnectFailed, ConsentClosed, ProbeError, OSError) as error:
            _LOG.warning("watch target %s:%s: %r", watched.address, watched.port, error)
            return None
        return wire.connect_s


def label_of(watched: WatchTarget) -> str:
    """Name a watch target for people."""
    return f"{watched.address} TCP {watched.port}"

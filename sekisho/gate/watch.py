"""Watch targets: services whose health stops the survey when they slow down or fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from statistics import median
from typing import TYPE_CHECKING, Final, NoReturn

from sekisho.errors import ProbeError
from sekisho.gate.pacing import ConsentClosed, GateRefused, Stopped
from sekisho.gate.wire import ConnectFailed, Job
from sekisho.messages import Sentence
from sekisho.model.engagement import StopRules, WatchTarget
from sekisho.model.subjects import service
from sekisho.model.tiers import Tier
from sekisho.scope import AdmittedTarget, Ask, RefusedBy, Scope
from sekisho.store.ledger import WATCH_JOB

if TYPE_CHECKING:
    from sekisho.gate.session import Gate

_LOG = logging.getLogger(__name__)
EVERY_S: Final = 10.0  # design: stop
BASELINE_PROBES: Final = 3
_NOISE_S: Final = 0.05  # a slow-down below 50 ms is the network's own; a factor of it would stop every survey


class Watch:
    """Probes each watch target every 10 s by one connect, counted in the ledger like every other.

    What it costs is apart from the target's budget (ADR 0014): a night's watching is more than a T2 host's 500 packets,
    and a survey that stops for that reason every twenty minutes watches nothing.
    """

    def __init__(self, gate: Gate, rules: StopRules, scope: Scope, *, every_s: float = EVERY_S) -> None:
        """Take the rules; nothing is sent."""
        self._gate, self._rules, self._scope, self._every_s = gate, rules, scope, every_s
        self._usual: dict[WatchTarget, float] = {}

    async def baseline(self) -> None:
        """Measure each target before the survey; one that doesn't answer at all now stops it. Raises: Stopped."""
        for watched in self._rules.watch:
            times = [t for _ in range(BASELINE_PROBES) if (t := await self._probe(watched)) is not None]
            if not times:
                self._gate.stop(Sentence("cli.stop.watch_before", target=_named(watched)))
                raise Stopped
            self._usual[watched] = median(times)

    async def run(self) -> None:
        """Probe until cancelled; stop the gate when a target falls silent, or is slow twice in a row."""
        slow: dict[WatchTarget, int] = dict.fromkeys(self._rules.watch, 0)
        while self._rules.watch and not self._gate.stopped:
            await asyncio.sleep(self._every_s)
            for watched in self._rules.watch:
                took = await self._probe(watched)
                usual = self._usual[watched]
                limit = max(usual * self._rules.latency_factor, usual + _NOISE_S)
                slow[watched] = slow[watched] + 1 if took is not None and took > limit else 0
                if took is None:
                    self._stop(Sentence("cli.stop.watch_silent", target=_named(watched)))
                elif slow[watched] >= 2:  # noqa: PLR2004 - one slow answer may be chance
                    times = {"took": f"{took:.3f}", "usual": f"{usual:.3f}"}
                    self._stop(Sentence("cli.stop.watch_slow", target=_named(watched), **times))

    def _stop(self, why: Sentence) -> NoReturn:
        """Stop the survey. Raises: Stopped, so that no further target is probed."""
        self._gate.stop(why)
        raise Stopped

    async def _probe(self, watched: WatchTarget) -> float | None:
        """Connect once; seconds the connect took on the wire, None when it failed in any way.

        Raises: Stopped when it may not be asked: that says nothing about its health, but it can't be watched.
        """
        ask = Ask(watched.address, self._gate.post.vantage, self._gate.now(), Tier.T2, watched.port)
        target = self._scope.admit(ask)
        if not isinstance(target, AdmittedTarget):
            if target.by is RefusedBy.CONSENT_TIME:
                with contextlib.suppress(ConsentClosed):  # other consents are open: what goes on would go unwatched
                    self._gate.consent_closed(watched.address)
            self._stop(Sentence("cli.stop.watch_refused", target=_named(watched), why=target.detail))
        subject = service(watched.address, "tcp", watched.port)
        job = Job(f"{target.vantage}{WATCH_JOB}{subject}", "watch", subject, target.vantage, (target,))
        wire = self._gate.wire(job, None, budgeted=False)
        try:
            stream = await wire.connect(target)
            await stream.close()
        except GateRefused as refused:  # the way there is not ours to use
            self._stop(Sentence("cli.stop.watch_refused", target=_named(watched), why=refused.detail))
        except (ConnectFailed, ConsentClosed, ProbeError, OSError) as error:
            _LOG.warning("watch target %s:%s: %r", watched.address, watched.port, error)
            return None
        return wire.connect_s


def _named(watched: WatchTarget) -> str:
    """Name a watch target for people."""
    return f"{watched.address} TCP {watched.port}"

"""Work on hosts under guard of watch targets and stop file; which targets are watched from a vantage: ADR 0023."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Final

from sekisho.engine.jobs import Workshop, ids
from sekisho.engine.knowledge import DeviceKnowledge, HostKnowledge
from sekisho.engine.together import together
from sekisho.gate.pacing import Stopped
from sekisho.gate.session import Gate
from sekisho.gate.watch import Watch, label_of
from sekisho.messages import Sentence
from sekisho.model.attempts import WATCH, WATCHED, WATCHED_ELSEWHERE, Outcome
from sekisho.model.engagement import Engagement, WatchTarget
from sekisho.model.subjects import FACILITY, IPAddress, service
from sekisho.scope import Scope

_HOSTS_AT_ONCE: Final = 256  # tasks only; the pace decides what is sent


class NotSeenYet(Exception):  # noqa: N818 - no error: the vantage is put off
    """A watch target is silent from here, and nobody has seen it answer in this run: another vantage has to, first."""


@dataclass(slots=True)
class Guard:
    """Lets work go on while the watch targets that a vantage reaches stay well."""

    engagement: Engagement
    scope: Scope
    workshop: Workshop
    devices: DeviceKnowledge

    async def over(self, gate: Gate, work: Callable[[], Iterable[Coroutine[None, None, None]]], *, last: bool) -> None:
        """Measure the targets, do the work, look once more.

        Takes: last: no other vantage can be asked first. Raises: NotSeenYet unless last, Stopped, StoreError.
        """
        watch = Watch(gate, self.engagement.stop, self.scope, learnt=self._learnt)
        self._settle(gate, watch, frozenset(await watch.baseline()), last=last)
        watching = asyncio.create_task(_stop_when_blind(watch, gate))
        stopping = asyncio.create_task(_look_for_stop(gate))
        try:
            await _all(work())
        finally:
            await _ended(watching, stopping)
        await watch.look()  # what fell silent since the last look must not pass for unreachable from the next vantage

    def _learnt(self, address: IPAddress) -> tuple[frozenset[str], frozenset[int]]:
        """Give what the run knows by now of a watch target's device."""
        device, known = self.scope.host_of(address), HostKnowledge(address)
        return self.devices.macs(device, known), self.devices.open_ports(device, known)

    def _settle(self, gate: Gate, watch: Watch, silent: frozenset[WatchTarget], *, last: bool) -> None:
        """Keep which targets answer from here; let those go that don't and are known to live, stop for any other."""
        vantage = gate.post.vantage.name
        for target in self.engagement.stop.watch:
            if target not in silent:
                self._note(vantage, target, (Outcome.OK, WATCHED))
        for target in sorted(silent, key=label_of):
            if self._has_answered(vantage, target):
                watch.stop(Sentence("cli.stop.watch_silent", target=label_of(target)))
            if not any(self._has_answered(v.name, target) for v in self.engagement.vantages):
                if not last:
                    raise NotSeenYet
                watch.stop(Sentence("cli.stop.watch_before", target=label_of(target)))
        for target in silent:
            self._note(vantage, target, (Outcome.NOT_TRIED, WATCHED_ELSEWHERE))

    def _has_answered(self, vantage: str, target: WatchTarget) -> bool:
        """Tell whether a target answered a baseline from a vantage in this run."""
        return self.workshop.is_done(_job(vantage, target, WATCHED))

    def _note(self, vantage: str, target: WatchTarget, what: tuple[Outcome, str]) -> None:
        """Record how a target stands to a vantage, once; the facility's, since it is no question to the device."""
        outcome, detail = what
        told = (outcome, f"{detail}{label_of(target)}")
        self.workshop.skip(_job(vantage, target, detail), FACILITY, WATCH, vantage, told)


def _job(vantage: str, target: WatchTarget, detail: str) -> str:
    """Name the record of how a target stands to a vantage."""
    return ids((vantage, WATCH, service(target.address, "tcp", target.port), detail.strip()))


async def _stop_when_blind(watch: Watch, gate: Gate) -> None:
    """Watch; a survey whose watch ended in whatever way must not go on unwatched."""
    try:
        await watch.run()
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        gate.stop(Sentence("cli.stop.watch_ended", error=repr(error)))
        raise


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """End what ran beside a survey. An order to stop that comes meanwhile is ours, and must not be lost."""
    for task in tasks:
        task.cancel()
    for error in await asyncio.gather(*tasks, return_exceptions=True):
        if error is not None and not isinstance(error, asyncio.CancelledError | Stopped):
            raise error


async def _look_for_stop(gate: Gate) -> None:
    """Look at the stop file four times a second, so that waiting senders are refused within one second."""
    while not gate.stopped:  # noqa: ASYNC110 - a file on disk sends no event
        await asyncio.sleep(0.25)


async def _all(work: Iterable[Coroutine[None, None, None]]) -> None:
    """Work on hosts, a bounded number at once; the first failure ends all."""
    places = asyncio.Semaphore(_HOSTS_AT_ONCE)

    async def one(host: Coroutine[None, None, None]) -> None:
        """Work on a host when there is a place."""
        async with places:
            await host

    await together(one(host) for host in work)

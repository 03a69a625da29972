"""The survey of one host: first contact, ports, then each open service as far as its tier allows."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sekisho.engine.jobs import chunks, ids
from sekisho.engine.kit import Kit
from sekisho.engine.knowledge import HostKnowledge
from sekisho.engine.lost import Loss
from sekisho.engine.options import options_of
from sekisho.engine.together import together
from sekisho.gate.pacing import ConsentClosed
from sekisho.gate.patience import HostSilent
from sekisho.gate.wire import Job
from sekisho.model.artefacts import ALL_OPEN, BANNED
from sekisho.model.attempts import NOT_FINISHED, Outcome
from sekisho.model.engagement import BY_NAME, Method
from sekisho.model.facts import PortStatus
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.subjects import IPAddress, Subject, host, service
from sekisho.model.tiers import Tier
from sekisho.registry import COMMUNITY, Scanner, Stage
from sekisho.scope import AdmittedTarget, Ask, Refusal, RefusedBy

PORTS_PER_JOB: Final = 25  # on T2 and T3; what a kill can make us ask a second time
PORTS_PER_SYN_JOB: Final = 1024  # a round by SYN is over in seconds, and waits for silent ports once
NO_FURTHER_PORTS: Final = frozenset({104, 2575, 2761, 2762, 11112})  # design: T1; found open, nothing further
_NOTHING_FURTHER: Final = (Outcome.SKIPPED_BY_TIER, "a DICOM or HL7 port is open on this host")
_LOG = logging.getLogger(__name__)


class HostSurvey:
    """One address from one vantage."""

    def __init__(self, kit: Kit, address: IPAddress) -> None:
        """Begin knowing nothing."""
        self._kit, self._address = kit, address
        self._known, self._device = HostKnowledge(address), kit.scope.host_of(address)
        self._loss = Loss(kit, address)
        last_asked = kit.workshop.last_sent(kit.vantage.name, address)
        self._last_asked, self._was_asked = last_asked if kit.gate is None else None, last_asked is not None

    async def run(self) -> None:
        """Do everything that is admitted; every step not taken is recorded with its reason. Raises: Stopped.

        A host whose consent closes meanwhile is left as it is, unrecorded: a later part of the run goes on with it.
        Without a gate every step that is not recorded yet is recorded as not tried.
        """
        self._loss.remember()
        try:
            async with self._kit.devices.turn(self._device):
                await self._steps()
            self._loss.record_given_up(self._port_scanner())
        except ConsentClosed as closed:
            _LOG.info("postponed: %s", closed)
            self._kit.postponed.append(closed.args[0])
        except HostSilent:
            self._loss.record_fell_silent()

    async def ask_again(self, port: int, number: int, recorded: Iterable[tuple[IPAddress, Reading]]) -> None:
        """Ask one TCP port once more, as a control of what another vantage saw; never on T1. Raises: Stopped.

        recorded: what the run knows of the addresses of this device by now.
        """
        for address, reading in recorded:
            if address == self._address:
                self._known.learn(reading)
            else:
                other = HostKnowledge(address)
                other.learn(reading)
                self._kit.devices.learn(self._device, other)
        scanner, subject = self._port_scanner(), service(self._address, "tcp", port)
        try:
            target = self._admit(Tier.T2, port=port)
        except ConsentClosed as closed:
            _LOG.info("no control: %s", closed)
            return
        if isinstance(target, AdmittedTarget):
            await self._do(scanner, subject, (target,), {"ports": [port]}, part=f"control-{number}")

    async def _steps(self) -> None:
        """Do one step after the other."""
        if not await self._first_contact():
            return
        await self._ask_ports()
        if self._known.is_answered_for():
            self._skip(self._port_scanner(), host(self._address), (Outcome.MIDDLEBOX, ALL_OPEN), "all-open")
            return
        if self._fragile_ports():
            await self._leave_alone()
            return
        await self._examine_udp()
        ports = self._loss.expect(self._known.open_ports())
        if self._kit.pace.open_per_host == 1:
            for port in ports:
                await self._examine(port)
        else:
            await together(self._examine(port) for port in ports)
        await self._detect(ports)
        await self._look_once_more()

    # --- admission ---------------------------------------------------------------------------------------------

    def _admit(self, needs: Tier, *, port: int = 0, transport: str = "tcp") -> AdmittedTarget | Refusal:
        """Ask the scope with all that is known by now. Raises: ConsentClosed, Stopped when only time forbids it."""
        return self._admit_ports(needs, (port,), transport)[0]

    def _admit_ports(
        self, needs: Tier, ports: Sequence[int], transport: str = "tcp", method: Method = Method.ACTIVE
    ) -> list[AdmittedTarget | Refusal]:
        """Ask the scope about many ports at once. Raises: as `_admit`."""
        ask = Ask(
            self._address, self._kit.vantage, self._now(), needs, transport=transport, method=method,
            macs=self._kit.devices.macs(self._device, self._known), open_ports=self._device_ports(),
        )  # fmt: skip
        return [self._held_to_time(answer) for answer in self._kit.scope.admit_ports(ask, ports)]

    def _held_to_time(self, answer: AdmittedTarget | Refusal) -> AdmittedTarget | Refusal:
        """Give a refusal for want of time as not tried when the run is being closed. Raises: as `_admit`."""
        if isinstance(answer, Refusal) and answer.by is RefusedBy.CONSENT_TIME:
            if self._kit.gate is not None:
                self._kit.gate.consent_closed(answer.address)
            return replace(answer, outcome=Outcome.NOT_TRIED, detail=NOT_FINISHED)
        return answer

    def _now(self) -> datetime:
        """Read the clock of the run; of a host that was begun before the run was closed, when it was last asked."""
        return self._last_asked or self._kit.workshop.now()

    def _job_id(self, scanner: str, subject: Subject, part: str = "") -> str:
        """Name a job."""
        return ids((self._kit.vantage.name, scanner, subject, *([part] if part else [])))

    def _skip(self, scanner: Scanner, subject: Subject, why: tuple[Outcome, str], part: str = "") -> None:
        """Record a step that was not taken."""
        job = self._job_id(scanner.id, subject, part)
        self._kit.workshop.skip(job, subject, scanner.id, self._kit.vantage.name, why)

    # --- stages ------------------------------------------------------------------------------------------------

    async def _first_contact(self) -> bool:
        """Ask whether somebody is there; False when the host may not be touched or is known to be absent."""
        for scanner in self._kit.stage(Stage.HOST):
            subject = host(self._address)
            target = self._admit(scanner.tier)
            if isinstance(target, Refusal):
                self._skip(scanner, subject, (target.outcome, target.detail))
                # asked by an earlier part, and known since to be untouchable: that stands in the record as well
                return self._was_asked and self._still_admitted()
            if any(self._address in v.sources for v in self._kit.engagement.vantages):
                self._skip(scanner, subject, (Outcome.NOT_TRIED, "our own address"))
                return False
            if await self._do(scanner, subject, (target,), {"tier": int(target.tier)}) is Outcome.HOST_GONE:
                return False
            if self._kit.gate is not None:
                self._kit.gate.know_macs(self._address, self._known.macs)
        return self._still_admitted()

    def _still_admitted(self) -> bool:
        """Tell whether ports may be asked; a MAC may have lowered the tier to T0, and that is recorded."""
        answer = self._admit((scanner := self._port_scanner()).tier)
        if isinstance(answer, Refusal):
            self._skip(scanner, host(self._address), (answer.outcome, answer.detail))
            return False
        return True

    def _port_scanner(self) -> Scanner:
        """Give the only scanner of the ports stage."""
        (scanner,) = self._kit.stage(Stage.PORTS)
        return scanner

    async def _ask_ports(self) -> None:
        """Ask the T1 ports; on T2 and T3 hosts that answered, the further ones too."""
        scanner, pace = self._port_scanner(), self._kit.pace
        answer = self._admit(scanner.tier)
        # what an earlier part of the run asked before the device was known to be fragile is read again, not asked again
        is_begun = self._is_done(scanner, "base-0")
        if isinstance(answer, AdmittedTarget) and answer.tier <= Tier.T1 and not is_begun:
            await self._ask_one_by_one(scanner, pace.t1_ports)
            return
        await self._port_jobs(scanner, pace.t1_ports, ("base", Tier.T1))
        if self._fragile_ports():
            # the open port made it a T1 host: what is left of the T1 ports is asked as T1 asks, and nothing beyond
            await self._ask_one_by_one(scanner, [p for p in pace.t1_ports if p not in self._known.ports])
        further = pace.t2_ports
        if not self._known.answered and self._by_syn:
            await self._port_jobs(scanner, further[: pace.silent_ports], ("silent", Tier.T2))
            further = further[pace.silent_ports :]
        if self._known.answered and not self._known.is_answered_for():
            # an open fragile port lowers the tier to T1 for good: at most the T1 ports are asked there
            await self._port_jobs(scanner, further, ("further", Tier.T2))

    async def _ask_one_by_one(self, scanner: Scanner, ports: Sequence[int]) -> None:
        """Ask each port once in a job of its own: a connect without payload, and nothing further, ever."""
        left = False
        await self._look_on_link(self._loss.looks_before())
        for port in ports:
            if not (targets := self._port_targets(scanner, (port,))):
                continue
            subject = service(self._address, "tcp", port)
            is_new = not self._is_done(scanner, "", subject)
            if self._kit.gate is None and is_new:
                left = True
                continue
            outcome = await self._do(scanner, subject, tuple(targets), {"ports": [port]})
            if is_new and outcome is not Outcome.NOT_TRIED:
                await self._look_on_link(self._loss.looks_after(port, self._known))
        await self._look_on_link(self._loss.looks_after(0, self._known))
        if left:  # once for the host: what is open there is not known to the end
            self._skip(scanner, host(self._address), (Outcome.NOT_TRIED, NOT_FINISHED), "rest")

    async def _port_jobs(self, scanner: Scanner, ports: Sequence[int], part: tuple[str, Tier]) -> None:
        """Ask ports in jobs of limited size, each admitted with what the earlier ones taught."""
        name, needs = part
        for number, chunk in enumerate(chunks(ports, PORTS_PER_SYN_JOB if self._by_syn else PORTS_PER_JOB)):
            if self._fragile_ports() and not self._is_done(scanner, f"{name}-{number}"):
                self._skip(scanner, host(self._address), _NOTHING_FURTHER, f"{name}-{number}")
                continue
            targets = tuple(t for t in self._port_targets(scanner, chunk) if t.tier >= needs)
            if targets:
                options: dict[str, Any] = {"ports": [t.port for t in targets]}
                if self._by_syn:
                    options["method"] = "syn"
                    if control := self._control(scanner):
                        options["control"] = control.port
                        targets = (*targets, control)
                await self._do(scanner, host(self._address), targets, options, part=f"{name}-{number}")

    async def _look_on_link(self, parts: Iterable[str]) -> None:
        """Ask by ARP or ND again whether a T1 host that was a neighbour is still there. Raises: HostSilent."""
        for part in parts:
            for scanner in self._kit.stage(Stage.HOST):
                target = self._admit(scanner.tier)
                if isinstance(target, AdmittedTarget):
                    options = {"tier": int(target.tier)}
                    self._loss.heard(await self._do(scanner, host(self._address), (target,), options, part=part))

    def _is_done(self, scanner: Scanner, part: str, subject: Subject | None = None) -> bool:
        """Tell whether a part of what a scanner asks of this host (or of one of its services) is recorded."""
        return self._kit.workshop.is_done(self._job_id(scanner.id, subject or host(self._address), part))

    @property
    def _by_syn(self) -> bool:
        """Tell whether ports above T1 are asked by crafted SYNs."""
        return self._kit.pace.raw_syn and self._kit.gate is not None and self._kit.gate.crafts

    def _control(self, scanner: Scanner) -> AdmittedTarget | None:
        """Give a port that answers, on a host that drops as well: there silence and loss look alike.

        A closed one if there is one: it costs a packet less.
        """
        known = {p: s for p, s in self._known.ports.items() if p not in NO_FURTHER_PORTS}
        if PortStatus.FILTERED not in known.values():
            return None
        answers = [p for s in (PortStatus.CLOSED, PortStatus.OPEN) for p in sorted(known) if known[p] is s]
        return next(iter(self._port_targets(scanner, answers[:1])), None)

    def _port_targets(self, scanner: Scanner, ports: Sequence[int]) -> list[AdmittedTarget]:
        """Admit ports; an excluded one is recorded as skipped."""
        admitted: list[AdmittedTarget] = []
        for port, target in zip(ports, self._admit_ports(scanner.tier, ports), strict=True):
            if isinstance(target, Refusal):
                self._skip(scanner, service(self._address, "tcp", port), (target.outcome, target.detail))
            else:
                admitted.append(target)
        return admitted

    def _fragile_ports(self) -> bool:
        """Tell whether a port is open that forbids everything further."""
        return bool(NO_FURTHER_PORTS & self._device_ports())

    def _device_ports(self) -> frozenset[int]:
        """Give the TCP ports that are open at any address of this device, as far as they are known by now."""
        return self._kit.devices.open_ports(self._device, self._known)

    async def _leave_alone(self) -> None:
        """Record that services are left alone for what stands beside them, but what a consent names (ADR 0037)."""
        named: list[tuple[Scanner, int]] = []
        for port in self._known.open_ports():
            for scanner in self._applicable(port, Stage.IDENTIFY, Stage.EXAMINE, Stage.DETECT):
                if scanner.method in BY_NAME:
                    named.append((scanner, port))
                else:
                    self._skip(scanner, service(self._address, "tcp", port), _NOTHING_FURTHER)
        for scanner, port in named:
            await self._look(scanner, port)

    def _applicable(self, port: int, *stages: Stage) -> Iterator[Scanner]:
        """Give the scanners that would look at an open TCP port, in order, by what is known at that moment."""
        for stage in stages:
            for scanner in self._kit.stage(stage):
                if scanner.transport == "tcp" and scanner.applies(self._view("tcp", port)):
                    yield scanner

    async def _examine(self, port: int) -> None:
        """Look at one open TCP port as far as its tier allows."""
        for scanner in self._applicable(port, Stage.IDENTIFY, Stage.EXAMINE):
            await self._look(scanner, port)

    async def _look(self, scanner: Scanner, port: int) -> None:
        """Let one scanner look at an open TCP port, if it is admitted."""
        subject = service(self._address, "tcp", port)
        (target,) = self._admit_ports(scanner.tier, (port,), method=scanner.method)
        if isinstance(target, Refusal):
            self._skip(scanner, subject, (target.outcome, target.detail))
            return
        is_new, view = not self._is_done(scanner, "", subject), self._view("tcp", port)
        outcome = await self._do(scanner, subject, (target,), options_of(self._kit, self._known, scanner, view))
        if is_new:
            self._loss.note(port, outcome)

    async def _look_once_more(self) -> None:
        """Ask an open port again where the last try came to nothing: maybe too little was left to see a host go."""
        for part, port in self._loss.last_looks(self._known.open_ports()):
            target = self._admit(Tier.T2, port=port)
            if isinstance(target, Refusal):
                return
            subject = service(self._address, "tcp", port)
            await self._do(self._port_scanner(), subject, (target,), {"ports": [port]}, part=part)

    async def _detect(self, ports: Sequence[int]) -> None:
        """Let service detection look at the open ports of this host, in one job: one process per host."""
        for scanner in self._kit.stage(Stage.DETECT):
            targets: list[AdmittedTarget] = []
            for port in ports:
                if scanner not in self._applicable(port, Stage.DETECT):
                    continue
                target = self._admit(scanner.tier, port=port)
                if isinstance(target, Refusal):
                    self._skip(scanner, service(self._address, "tcp", port), (target.outcome, target.detail))
                else:
                    targets.append(target)
            if targets:
                await self._do(scanner, host(self._address), tuple(targets), {"ports": [t.port for t in targets]})

    async def _examine_udp(self) -> None:
        """Ask the UDP services that may be here, whether the host showed anything or not (ADR 0022)."""
        for scanner in self._kit.stage(Stage.EXAMINE):
            for port in scanner.udp_ports:
                names_it = self._kit.scope.consents_to(scanner.method, self._address, self._now())
                if names_it and scanner.applies(self._view("udp", port)):
                    await self._ask_udp(scanner, port)

    async def _ask_udp(self, scanner: Scanner, port: int) -> None:
        """Let a scanner ask one UDP port."""
        subject = service(self._address, "udp", port)
        (target,) = self._admit_ports(scanner.tier, (port,), "udp", scanner.method)
        if isinstance(target, Refusal):
            if self._known.answered or self._kit.scope.tiering.categories(self._address):
                # an address that nobody declared and that showed nothing is most likely nobody's
                self._skip(scanner, subject, (target.outcome, target.detail))
            return
        secrets = self._kit.secrets(scanner, self._address)
        if secrets is None:
            self._skip(scanner, subject, (Outcome.NOT_TRIED, "the declared secret is not at hand"))
            return
        others = [p for p in scanner.udp_ports if p != port]
        options = {"answered": [p for p in others if p in self._known.udp_open]} if others else {}
        await self._do(scanner, subject, (target,), options, secrets=secrets)

    # --- one job -----------------------------------------------------------------------------------------------

    async def _do(
        self, scanner: Scanner, subject: Subject, targets: tuple[AdmittedTarget, ...], options: Mapping[str, Any],
        *, part: str = "", secrets: Mapping[str, bytes] | None = None,
    ) -> Outcome:  # fmt: skip
        """Do one job and learn from it."""
        job = Job(
            self._job_id(scanner.id, subject, part), scanner.id, subject, self._kit.vantage.name, targets, options,
            secrets or {},
        )  # fmt: skip
        if self._kit.gate is not None:
            reading = await self._kit.workshop.do(job, scanner, self._kit.gate)
        else:
            reading = self._kit.workshop.leave(job, scanner, (Outcome.NOT_TRIED, NOT_FINISHED))
        self._known.learn(reading)
        self._kit.devices.learn(self._device, self._known)
        if self._kit.gate is not None and reading.detail.startswith(BANNED):
            self._kit.gate.patience(self._address).end(reading.detail)
        return reading.outcome

    def _view(self, transport: str, port: int) -> ServiceView:
        """Give one service as scanners see it."""
        category = next(iter(self._kit.scope.tiering.categories(self._address)), "")
        settings: dict[str, object] = {"nmap": self._kit.nmap}
        if transport == "udp" and self._address in self._kit.community:
            settings[COMMUNITY] = True
        target = self._admit(Tier.T1, port=port, transport=transport)
        tier = target.tier if isinstance(target, AdmittedTarget) else Tier.T0
        return self._known.view(transport, port, tier=tier, category=category, settings=settings)

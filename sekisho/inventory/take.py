"""Taking the inventory: everything that follows from evidence and registers, before anything is judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sekisho.inventory.artefacts import without_artefacts
from sekisho.inventory.assets import Asset, Sources, assets
from sekisho.inventory.configured import configured_access
from sekisho.inventory.declared import RETIRED, Declared
from sekisho.inventory.exposure import Access, exposure, redirects_to_https
from sekisho.inventory.fingerprints import Fingerprint
from sekisho.inventory.index import Index
from sekisho.inventory.lifecycle import declared_distribution, lifecycles
from sekisho.inventory.lifecycle_data import Bundle
from sekisho.inventory.logins import log_in_demand
from sekisho.inventory.maintenance import remote_maintenance
from sekisho.inventory.management import ManagementRules
from sekisho.inventory.needs import Legacy, service_need
from sekisho.inventory.observe import observe
from sekisho.inventory.papers import Papers
from sekisho.inventory.point_facts import (
    declares_vpn,
    external_tries,
    meets_open_network,
    point_counterparts,
    point_owners,
    point_uses,
    wan_inbound,
)
from sekisho.inventory.points import OPEN_NETWORK, Landscape, Point, connection_points
from sekisho.inventory.products import recognise
from sekisho.inventory.reach import Reach, reach
from sekisho.inventory.register import line_match, register_match
from sekisho.inventory.services import ServiceSeen, services
from sekisho.inventory.trust import certificate_trust
from sekisho.inventory.tunnels import SITE, USERS, admits_users, vpn_endpoint
from sekisho.model.attempts import Attempt
from sekisho.model.facts import CertificateChain, Fact, RegisterMatch, ServiceExposure, TlsClientAuth
from sekisho.model.observations import Observation
from sekisho.model.roots import RootStore
from sekisho.model.run import RunRecord
from sekisho.model.subjects import IPAddress, Subject, address_of, declared_point, host
from sekisho.registry import Scanner
from sekisho.scope import Scope


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Data that the inventory reads by: what is shipped, and the roots that the engagement chose, None for none."""

    fingerprints: tuple[Fingerprint, ...]
    management: ManagementRules
    legacy: Legacy
    lifecycle: Bundle
    roots: RootStore | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What there is. seen: facts from evidence alone; index: these and the derived ones."""

    seen: tuple[Observation[Fact], ...]
    index: Index
    attempts: tuple[Attempt, ...]
    reach: Reach
    declared: Declared
    assets: tuple[Asset, ...]
    services: tuple[ServiceSeen, ...]
    exposures: Mapping[Subject, ServiceExposure]
    points: tuple[Point, ...]
    at: Mapping[IPAddress, Asset]


def take_inventory(
    record: RunRecord, scanners: Mapping[str, Scanner], *, knowledge: Knowledge, scope: Scope
) -> Inventory:
    """Read all evidence and work out devices, services, points and the facts that checks ask for."""
    read = without_artefacts(observe(record, scanners), record.engagement)
    index = Index(read.observations)
    declared = Declared(record.engagement, scope)
    seen = reach(record, read.attempts, index, declared=declared, scope=scope)
    hits = recognise(index, knowledge.fingerprints)
    found = assets(Sources(index, seen, declared, scope, record.engagement.vantages, hits))
    open_ports = services(index, hits, read.attempts)
    papers = Papers(record.engagement.documents)
    sitewalk, users = record.engagement.sitewalk, admits_users(index)
    points = connection_points(Landscape(found, open_ports, declared.terminals, sitewalk, papers, users))
    at = {a: asset for asset in found for a in asset.addresses}
    bare = Inventory(read.observations, index, read.attempts, seen, declared, found, open_ports, {}, points, at)
    exposures = dict(_exposures(bare, record, knowledge))
    taken = replace(bare, exposures=exposures)
    derived = _Derived(record, knowledge, taken, papers)
    return replace(taken, index=Index((*derived.with_context(), *derived.facts())))


def _exposures(taken: Inventory, record: RunRecord, knowledge: Knowledge) -> Iterator[tuple[Subject, ServiceExposure]]:
    """Give the exposure of every service; plain HTTP that only redirects to an administration page counts as one."""
    access = Access.of(record.engagement.access, record.engagement.vantages, record.vantages)
    found = {
        s.subject: exposure(
            s,
            asset=taken.at.get(s.address),
            rules=knowledge.management,
            access=access,
            seen=(taken.index, taken.reach),
        )
        for s in taken.services
    }
    pages = {s.address for s in taken.services if s.protocol == "https" and found[s.subject].management}
    for service in taken.services:
        one = found[service.subject]
        redirect = service.protocol == "http" and service.address in pages and redirects_to_https(taken.index, service)
        yield (
            service.subject,
            replace(one, management=True, why="redirect", clear_text=False, perhaps=False) if redirect else one,
        )


@dataclass(frozen=True, slots=True)
class _Derived:
    """Makes observations of derived facts; their clock is the run's, their evidence that of what they follow from."""

    record: RunRecord
    knowledge: Knowledge
    taken: Inventory
    papers: Papers

    def facts(self) -> Iterator[Observation[Fact]]:
        """Give every derived fact."""
        by_asset: dict[Subject, list[Point]] = defaultdict(list)
        for one in self.taken.points:
            if one.asset is not None:
                by_asset[one.asset.id].append(one)
        open_at: dict[Subject, list[ServiceSeen]] = defaultdict(list)
        for service in self.taken.services:
            if service.address in self.taken.at:
                open_at[self.taken.at[service.address].id].append(service)
        for asset in self.taken.assets:
            yield from self._of_asset(asset, by_asset.get(asset.id, []), open_at.get(asset.id, []))
        for service in self.taken.services:
            yield from self._of_service(service)
        yield from self._of_chains()
        yield from self._of_lines()
        yield from self._of_configurations()
        yield from self._in_between()
        outside = external_tries(self.taken.attempts, self.record.engagement.vantages, self.record.transcripts)
        for one in self.taken.points:
            beside = by_asset.get(one.asset.id, []) if one.asset else [one]
            tries = [a for address in one.addresses for a in outside.get(address, ())]
            yield from self._of_point(one, beside, open_at.get(one.asset.id, []) if one.asset else [], tries)

    def _of_chains(self) -> Iterator[Observation[Fact]]:
        """Say of every chain what it leads to, with its dates held against the moment it was seen."""
        counted: dict[Subject, int] = defaultdict(int)
        for seen in self.taken.index.every(CertificateChain):
            trust = certificate_trust(seen.value, seen.taken_at, self.knowledge.roots)
            made = self._make(seen.subject, trust, seen.evidence, counted[seen.subject])
            yield replace(made, taken_at=seen.taken_at, vantage=seen.vantage)
            counted[seen.subject] += 1

    def with_context(self) -> Iterator[Observation[Fact]]:
        """Give the facts from evidence, completed by what no scanner can know (is the network an open one)."""
        open_hosts = {p.asset.id for p in self.taken.points if p.asset is not None and set(p.kinds) & OPEN_NETWORK}
        for seen in self.taken.seen:
            if isinstance(seen.value, TlsClientAuth):
                known = replace(seen.value, open_network=self._on_open_network(seen.subject, open_hosts))
                yield replace(seen, value=known)
            else:
                yield seen

    def _on_open_network(self, subject: Subject, open_hosts: set[Subject]) -> bool | None:
        """Tell whether a service's host meets an open network; None where no register speaks of its ways out."""
        address = address_of(subject)
        asset = self.taken.at.get(address) if address is not None else None
        if asset is not None and asset.id in open_hosts:
            return True
        settled = asset is not None and asset.declared and bool(self.record.engagement.lines)
        return False if settled else None

    def _of_asset(
        self, asset: Asset, points: list[Point], open_ports: list[ServiceSeen]
    ) -> Iterator[Observation[Fact]]:
        """Give register match, products, lifecycle and remote maintenance of one device."""
        tries = {e for a in asset.addresses for e in self.taken.reach.evidence.get(a, ())}
        proof = (*asset.evidence, *self.papers.behind((*asset.rows, *asset.lines)))
        if asset.observed or asset.rows:
            yield self._make(asset.id, register_match(asset, self.taken.reach), (*proof, *tries))
        products = [h.product for h in asset.hits]
        for number, hit in enumerate(sorted(asset.hits, key=lambda h: (h.product.pattern, h.subject, h.proof.id))):
            yield self._make(asset.id, hit.product, hit.proof.evidence, number)
        if asset.observed or any(r.state not in RETIRED for r in asset.rows):
            declared = declared_distribution(asset.rows)
            known = lifecycles(products, self.knowledge.lifecycle, declared=declared)
            for number, cycle in enumerate(known):
                shown = [
                    h for h in asset.hits if (h.product.vendor, h.product.product) == (cycle.vendor, cycle.product)
                ]
                own = tuple(e for h in shown for e in h.proof.evidence)
                if cycle.packager and cycle.packager == declared:
                    own += self.papers.behind(asset.rows)
                yield self._make(asset.id, cycle, own or proof, number)
        exposures = [(s.subject, self.taken.exposures[s.subject]) for s in open_ports]
        register = bool(self.record.engagement.lines)
        maintenance = remote_maintenance(asset, points, exposures, register=register)
        if maintenance is not None:
            lines = self.papers.register("lines")
            yield self._make(asset.id, maintenance, (*proof, *lines))

    def _in_between(self) -> Iterator[Observation[Fact]]:
        """Give one match per segment for those in no register that a filter hides, lest the question drop out."""
        match = RegisterMatch(
            declared=False, observed=False, asked=False, numbers=(), state="unknown", device_row=False, by_refusal=True
        )
        for addresses in self.taken.reach.in_between.values():
            first = next((a for a in addresses if a not in self.taken.at), None)
            if first is not None:
                yield self._make(host(first), match, self.taken.reach.evidence.get(first, ()))

    def _of_service(self, service: ServiceSeen) -> Iterator[Observation[Fact]]:
        """Give exposure, need and demand of a log-in of one service."""
        asset = self.taken.at.get(service.address)
        rows = asset.rows if asset else ()
        yield self._make(service.subject, self.taken.exposures[service.subject], service.evidence)
        need = service_need(service, rows, self.knowledge.legacy)
        yield self._make(service.subject, need, (*service.evidence, *self.papers.behind(rows)))
        demand = log_in_demand(self.taken.index, service, self.taken.exposures[service.subject].answered_from)
        if demand is not None:
            yield self._make(service.subject, demand, service.evidence)

    def _of_configurations(self) -> Iterator[Observation[Fact]]:
        """Give for each management service of a configuration who gets in without being meant."""
        engagement, counted = self.record.engagement, defaultdict[Subject, int](int)
        access = Access.of(engagement.access, engagement.vantages, self.record.vantages)
        for subject, fact, evidence in configured_access(self.taken.index, access):
            yield self._make(subject, fact, evidence, counted[subject])
            counted[subject] += 1

    def _of_lines(self) -> Iterator[Observation[Fact]]:
        """Give one match per line."""
        counted: dict[Subject, int] = defaultdict(int)
        for terminal in self.taken.declared.terminals:
            line, address = terminal.line, terminal.address
            subject = declared_point(line.number)
            asset = self.taken.at.get(address) if address is not None else None
            tries = self.taken.reach.evidence.get(address, ()) if address is not None else ()
            proof = (*self.papers.behind((line,)), *(asset.evidence if asset else ()), *tries)
            yield self._make(subject, line_match(terminal, asset, self.taken.reach), proof, counted[subject])
            counted[subject] += 1

    def _of_point(
        self, one: Point, beside: list[Point], open_ports: list[ServiceSeen], tries: list[Attempt]
    ) -> Iterator[Observation[Fact]]:
        """Give who answers for one point, who stands at its other end, its use, and what the outside reaches there."""
        register = bool(self.record.engagement.lines)
        proof = (*one.evidence, *self.papers.register("lines"))
        for number, owner in enumerate(point_owners(one, register=register)):
            yield self._make(one.id, owner, proof, number)
        for number, other in enumerate(point_counterparts(one, register=register)):
            yield self._make(one.id, other, proof, number)
        asked = [e for a in one.addresses for e in self.taken.reach.evidence.get(a, ())]
        for number, use in enumerate(point_uses(one, self.taken.reach)):
            yield self._make(one.id, use, (*proof, *asked), number)
        if {SITE, USERS} & set(one.kinds):
            endpoint = vpn_endpoint(one.kinds, one.tunnels, self.taken.index)
            yield self._make(one.id, endpoint, (*one.evidence, *asked))
        if not meets_open_network(one):
            return
        vantages = self.record.engagement.vantages
        exposed = [(s, self.taken.exposures[s.subject]) for s in open_ports]
        inbound = wan_inbound(exposed, vpn=declares_vpn(beside), vantages=vantages, tries=tries)
        stray = (e for s in open_ports if s.subject in inbound.stray for e in s.evidence)
        yield self._make(one.id, inbound, (*one.evidence, *stray, *(e for a in tries for e in a.evidence)))

    def _make(self, subject: Subject, fact: Fact, evidence: Iterable[str], number: int = 0) -> Observation[Fact]:
        """Make one observation."""
        name = f"inventory||{subject}|{type(fact).__name__}|{number:04d}"
        return Observation(name, subject, fact, self.record.taken_at, "", tuple(sorted(set(evidence))))

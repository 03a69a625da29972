"""Who may reach a device's management by its configuration, held against who is meant to (docs/topics.md)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from sekisho.inventory.exposure import Access
from sekisho.inventory.index import Index
from sekisho.model.address_sets import NOBODY, AddressSet, of_networks
from sekisho.model.config_facts import ConfigManagement, ConfigRead, ConfiguredAccess
from sekisho.model.engagement import AccessRow
from sekisho.model.observations import Observation
from sekisho.model.subjects import IPAddress, Subject, endpoint_of, service


def configured_access(index: Index, access: Access) -> Iterator[tuple[Subject, ConfiguredAccess, tuple[str, ...]]]:
    """Give for each management service of a configuration who gets in without being meant. With its evidence."""
    read = {seen.evidence: seen.value for seen in index.every(ConfigRead)}
    for seen in index.every(ConfigManagement):
        meant = of_networks(ip_network(a) for a in read[seen.evidence].addresses) if seen.evidence in read else NOBODY
        rows = _rows(access, seen, read[seen.evidence].addresses if seen.evidence in read else ())
        for row in rows:
            meant |= of_networks(row.sources)
            named = (s for v in row.vantages for s in access.sources.get(v, ()))
            meant |= of_networks(ip_network(s) for s in named)
        file = read[seen.evidence].file if seen.evidence in read else ""
        yield seen.subject, _held_against(seen, meant, file=file, stated=bool(rows)), seen.evidence


def _rows(access: Access, seen: Observation[ConfigManagement], own: tuple[IPAddress, ...]) -> tuple[AccessRow, ...]:
    """Give the rows that name the service; where the interface has no stated address, at any address of the device."""
    if endpoint_of(seen.subject) is not None:
        return access.naming(seen.subject)
    places = (service(address, seen.value.transport, seen.value.port) for address in own)
    return tuple(dict.fromkeys(row for place in places for row in access.naming(place)))


def _held_against(
    seen: Observation[ConfigManagement], meant: AddressSet, *, file: str, stated: bool
) -> ConfiguredAccess:
    """Take those who are meant from those who get in."""
    said = seen.value
    surplus = said.surely - meant if said.enabled else NOBODY
    doubt = NOBODY if said.enabled is False else said.possibly - meant
    wanted = surplus or doubt
    let_in = tuple(sorted({line for line, who in said.by if line and who & wanted}))
    return ConfiguredAccess(
        file, said.protocol, said.interface, said.enabled, stated, surplus, doubt, let_in or said.lines
    )

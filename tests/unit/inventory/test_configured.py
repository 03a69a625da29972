"""Who gets in by a configuration, held against the rows of the engagement."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from sekisho.inventory.configured import configured_access
from sekisho.inventory.exposure import Access
from sekisho.inventory.index import Index
from sekisho.model.address_sets import NOBODY, of_networks
from sekisho.model.config_facts import ConfigManagement, ConfigRead
from sekisho.model.engagement import AccessRow
from sekisho.model.subjects import Subject, host, service
from tests.unit.checks.seen import see

LAN, PEER = ip_address("192.0.2.1"), of_networks([ip_network("198.51.100.0/24")])
READ = ConfigRead("edge.txt", "yamaha-rt", "", "", "", (LAN,), 9, 9, 0, ())
SSH = ConfigManagement("ssh", "tcp", 22, "tunnel1", enabled=True, surely=PEER, possibly=PEER, lines=(7,), by=())


@pytest.mark.parametrize("subject", [service(LAN, "tcp", 22), host(LAN)], ids=["numbered", "unnumbered"])
@pytest.mark.parametrize(("port", "is_meant"), [("tcp/22", True), ("tcp/23", False)])
def test_a_row_for_an_address_of_the_device_permits(subject: Subject, port: str, *, is_meant: bool) -> None:
    row = AccessRow((ip_network("192.0.2.1/32"),), (port,), (ip_network("198.51.100.0/24"),), ())
    seen = Index([see(READ, subject=host(LAN), id="a"), see(SSH, subject=subject, id="b")])
    ((_, fact, _),) = configured_access(seen, Access((row,), {}))
    assert (fact.stated, fact.surplus) == ((True, NOBODY) if is_meant else (False, PEER))

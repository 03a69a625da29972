"""Golden transcripts: <scanner>/<name>.raw (transcript), .json (what is read in it), .meta.toml (where it comes from).

After a wanted change `SEKISHO_GOLDEN=write pytest tests/golden` rewrites the .json files; a person reviews the diff.
"""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path

import pytest

from scanners.cassandra.probe import SCANNER as CASSANDRA
from scanners.dicom.probe import SCANNER as DICOM
from scanners.dns.probe import SCANNER as DNS
from scanners.greeting.probe import SCANNER as GREETING
from scanners.greeting_tls.probe import SCANNER as GREETING_TLS
from scanners.hosts.probe import SCANNER as HOSTS
from scanners.http_further.probe import SCANNER as HTTP_FURTHER
from scanners.ike.probe import SCANNER as IKE
from scanners.ipmi.probe import SCANNER as IPMI
from scanners.l2tp.probe import SCANNER as L2TP
from scanners.ldap.probe import SCANNER as LDAP
from scanners.ldap_tls.probe import SCANNER as LDAP_TLS
from scanners.mdns.probe import SCANNER as MDNS
from scanners.memcached.probe import SCANNER as MEMCACHED
from scanners.mongodb.probe import SCANNER as MONGODB
from scanners.mssql.probe import SCANNER as MSSQL
from scanners.nmap.probe import SCANNER as NMAP
from scanners.ntp.probe import SCANNER as NTP
from scanners.openvpn.probe import SCANNER as OPENVPN
from scanners.openvpn_tcp.probe import SCANNER as OPENVPN_TCP
from scanners.pcp.probe import SCANNER as PCP
from scanners.ports.probe import SCANNER as PORTS
from scanners.postgresql.probe import SCANNER as POSTGRESQL
from scanners.pptp.probe import SCANNER as PPTP
from scanners.radmin.probe import SCANNER as RADMIN
from scanners.rdp.probe import SCANNER as RDP
from scanners.redis.probe import SCANNER as REDIS
from scanners.redis_tls.probe import SCANNER as REDIS_TLS
from scanners.smb.probe import SCANNER as SMB
from scanners.snmp.probe import SCANNER as SNMP
from scanners.snmp_default.probe import SCANNER as SNMP_DEFAULT
from scanners.snmp_v3.probe import SCANNER as SNMP_V3
from scanners.ssdp.probe import SCANNER as SSDP
from scanners.ssh.probe import SCANNER as SSH
from scanners.sstp.probe import SCANNER as SSTP
from scanners.vnc.probe import SCANNER as VNC
from scanners.zookeeper.probe import SCANNER as ZOOKEEPER
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner
from tests.golden.facts_json import reading_json

FOLDER = Path(__file__).parent
META_KEYS = {"device", "firmware", "origin", "date", "consent", "anonymised"}
SCANNERS = (
    HOSTS, PORTS, GREETING, SSH, SNMP, NMAP, RDP, SMB, IKE, POSTGRESQL, REDIS, PPTP, OPENVPN, OPENVPN_TCP, L2TP, VNC,
    LDAP, NTP, DNS, DICOM, GREETING_TLS, LDAP_TLS, REDIS_TLS, SSDP, PCP, MDNS, IPMI, SNMP_V3, SNMP_DEFAULT,
    MEMCACHED, MONGODB, MSSQL, ZOOKEEPER, CASSANDRA, HTTP_FURTHER, SSTP, RADMIN,
)  # fmt: skip


def cases(scanner: str) -> list[Path]:
    return sorted((FOLDER / scanner).glob("*.raw"))


CASES = [pytest.param(s, raw, id=f"{s.id}/{raw.stem}") for s in SCANNERS for raw in cases(s.id)]
SENT = {EventKind.SENT, EventKind.FRAME_SENT, EventKind.DATAGRAM_SENT}


@pytest.mark.parametrize(("scanner", "raw"), CASES)
def test_a_recorded_transcript_reads_as_reviewed(scanner: Scanner, raw: Path) -> None:
    transcript = Transcript.from_bytes(raw.read_bytes())
    assert (transcript.scanner, transcript.to_bytes()) == (scanner.id, raw.read_bytes())
    found, golden = reading_json(scanner.read(transcript)), raw.with_suffix(".json")
    if os.environ.get("SEKISHO_GOLDEN") == "write":
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")


@pytest.mark.parametrize(("scanner", "raw"), CASES)
def test_a_recorded_transcript_keeps_what_the_scanner_declares(scanner: Scanner, raw: Path) -> None:
    transcript = Transcript.from_bytes(raw.read_bytes())
    assert len(transcript.connections()) <= scanner.max_connections
    assert sum(e.kind in SENT for e in transcript.events) <= scanner.max_packets
    assert {type(fact) for _, fact in scanner.read(transcript).facts} <= set(scanner.yields)


@pytest.mark.parametrize(("scanner", "raw"), CASES)
def test_a_recorded_transcript_says_where_it_comes_from(scanner: Scanner, raw: Path) -> None:
    meta = tomllib.loads(raw.with_suffix(".meta.toml").read_text("utf-8"))
    assert set(meta) == META_KEYS
    assert isinstance(meta["date"], date)


@pytest.mark.parametrize("scanner", SCANNERS, ids=lambda s: s.id)
def test_every_scanner_has_golden_transcripts(scanner: Scanner) -> None:
    assert len(cases(scanner.id)) >= 3

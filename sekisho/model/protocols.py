"""Facts that prove by themselves which protocol a service speaks, and under which name the report carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sekisho.model.clinical_facts import DicomAssociation
from sekisho.model.database_facts import (
    CassandraOptions,
    MemcachedAnswer,
    MongodbHello,
    MssqlPrelogin,
    MysqlHandshake,
    PostgresqlAnswer,
    RedisAnswer,
    ZookeeperAnswer,
)
from sekisho.model.facts import SnmpSystem
from sekisho.model.service_facts import DnsServer, LdapRoot, NtpServer, RadminAnswer, VncSecurity
from sekisho.model.ssh_facts import SshOffer
from sekisho.model.udp_facts import IpmiChannel, MdnsAnswer, NatPmp, NtpControl, Pcp, SnmpEngine, SsdpAnswer
from sekisho.model.vpn_facts import IkeAnswer, L2tp, OpenVpn, Pptp, Sstp
from sekisho.model.windows_facts import RdpSecurity, SmbDialect

PROVEN: Final[Mapping[type, str]] = {
    SshOffer: "ssh",
    SnmpSystem: "snmp",
    RdpSecurity: "rdp",
    SmbDialect: "smb",
    PostgresqlAnswer: "postgresql",
    MysqlHandshake: "mysql",
    RedisAnswer: "redis",
    MemcachedAnswer: "memcached",
    MongodbHello: "mongodb",
    MssqlPrelogin: "mssql",
    ZookeeperAnswer: "zookeeper",
    CassandraOptions: "cassandra",
    VncSecurity: "vnc",
    RadminAnswer: "radmin",
    DicomAssociation: "dicom",
    LdapRoot: "ldap",
    NtpServer: "ntp",
    DnsServer: "dns",
    Pptp: "pptp",
    OpenVpn: "openvpn",
    L2tp: "l2tp",
    IkeAnswer: "ike",
    Sstp: "sstp",
    SnmpEngine: "snmp",
    NtpControl: "ntp",
    SsdpAnswer: "upnp",
    Pcp: "pcp",
    NatPmp: "nat-pmp",
    MdnsAnswer: "mdns",
    IpmiChannel: "ipmi",
}
"""Type of fact → protocol, the surest first. Greetings, web pages and TLS need more than their type to tell."""

SPEAKING: Final[tuple[type[Any], ...]] = tuple(kind for kind in PROVEN if hasattr(kind, "shown"))
"""Those of them that say in one line, in `shown`, what the service told of itself."""

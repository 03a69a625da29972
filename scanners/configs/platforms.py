"""Which platform wrote a configuration: told from its content, never from the name of its file. Pure and total.

Each platform has marks: patterns that its configurations hold and others do not, with the weight of one hit. The
highest sum wins; a tie or nothing leaves it unknown, and the file counts as not understood.
Source: domain notes C and C1; what is marked unverified there stays so in the parser that reads the platform.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from scanners.configs.text import Line


class Platform(StrEnum):
    """Operating systems of network devices whose configurations are recognised."""

    YAMAHA = "yamaha-rt"
    NEC_IX = "nec-ix"
    IOS = "cisco-ios"
    ASA = "cisco-asa"
    FORTIOS = "fortios"
    PANOS = "pan-os"
    JUNOS = "junos"
    AWPLUS = "alliedware-plus"


_DECIDES: Final = 50
"""Weight of a mark that alone settles it: what the device itself writes at the head."""

_MARKS: Final[dict[Platform, tuple[tuple[int, str], ...]]] = {
    Platform.YAMAHA: (
        (_DECIDES, r"#\s+(RTX|NVR|FWX|RTV|RT|vRX)\w*\s+(Rev\.|BootROM)"),
        (6, r"(pp|tunnel) select (\d+|none|anonymous)$"),
        (6, r"(ip|ipv6) (lan\d+|pp|tunnel) (address|secure filter|mtu|nat descriptor)"),
        (6, r"nat descriptor (type|address|masquerade|static)"),
        (6, r"ip filter (dynamic )?\d+ (pass|reject|restrict)"),
        (6, r"(telnetd|sshd|httpd|sftpd) (host|service|listen)"),
        (4, r"(dhcp scope|ipsec (ike|sa policy|tunnel)|pptp service|l2tp service|dns server (pp|dhcp)|console) "),
        (4, r"(login|administrator) password"),
    ),
    Platform.NEC_IX: (
        (_DECIDES, r"!\s*(NEC Portable Internetwork Core|IX Series|NEC UNIVERGE IX)"),
        (8, r"(telnet-server|ssh-server|http-server|web-console) (ip|ipv6|username|port)"),
        (8, r"ip napt (enable|service|static|hairpinning)"),
        (8, r"(ike|ikev2|ipsec) (proposal|policy|autokey-proposal|autokey-map|local-id|authentication psk)"),
        (8, r"ppp profile|ip (ufs-cache|dhcp profile)|proxy-dns|snmp-agent|nm (ip|account)|logging subsystem"),
        (6, r"interface (Giga|Fast)Ethernet\d+\.\d+$"),
        (6, r"ip access-list \S+ (permit|deny) \S+ src"),
    ),
    Platform.ASA: (
        (_DECIDES, r"ASA Version \S+|: Serial Number: |PIX Version"),
        (8, r"nameif \S+|security-level \d+|same-security-traffic"),
        (8, r"access-group \S+ (in|out) interface|access-list \S+ (extended|standard|remark)"),
        (8, r"object(-group)? (network|service) |route \S+ \d|tunnel-group |(ssh|telnet|http) \d+\.\d+\.\d+\.\d+ \d"),
    ),
    Platform.FORTIOS: (
        (_DECIDES, r"#config-version=F"),
        (10, r"config (system|firewall|vpn|user|router|log|wireless-controller|antivirus|webfilter)( |$)"),
        (3, r"edit (\"[^\"]*\"|\S+)$|next$"),
    ),
    Platform.PANOS: (
        (_DECIDES, r"<config version=\"\d|<config urldb="),
        (10, r"set (deviceconfig|mgt-config|rulebase|shared|network (interface|virtual-router|ike|profiles)|vsys) "),
        (10, r"set (config|zone|address|service|device-group|template|readonly|tag) |set address-group "),
        (10, r"(deviceconfig|mgt-config|localhost\.localdomain|rulebase|panorama|policy|virtual-router) \{$"),
    ),
    Platform.JUNOS: (
        (_DECIDES, r"## Last (commit|changed)|version \d+\.\d+[RXBS][\w.-]*;$"),
        (12, r"set version \d+\.\d+[RXBSI]"),
        (10, r"set (system|interfaces|protocols|routing-options|security|firewall|policy-options|applications|snmp) "),
        (
            10,
            r"set (groups|vlans|routing-instances|forwarding-options|chassis|class-of-service|access|logical-systems) ",
        ),
        (8, r"(host-name \S+;|family inet6? \{|unit \d+ \{|security-zone \S+ \{|routing-options \{|system \{)$"),
    ),
    Platform.AWPLUS: (
        (_DECIDES, r"!\s*(AlliedWare Plus|Allied Telesis)"),
        (8, r"interface (port\d+\.\d+\.\d+|vlan\d+|eth\d+|ppp\d+)(-\d|$)"),
        (8, r"(no )?service (telnet|http|ssh|power-inline|dhcp-server|advanced-vty)$"),
        (6, r"atmf |stack virtual-chassis-id|platform stop-unreg|line (con 0|vty 0 \d+)$|exception coredump"),
        (4, r"switchport mode (access|trunk)|ssh server (allow-users|v2only)|awplus"),
    ),
    Platform.IOS: (
        (_DECIDES, r"! Last configuration change at|Building configuration\.\.\.|Current configuration : \d+ bytes"),
        (8, r"service timestamps|boot-start-marker|boot-end-marker|no aaa new-model|ip cef|ip forward-protocol nd"),
        (8, r"interface ((Gigabit|Fast|TenGigabit)?Ethernet|TwentyFiveGigE|Loopback|Serial|Vlan|Dialer|Tunnel)\d"),
        (6, r"ip address \d+\.\d+\.\d+\.\d+ 255\.|ip access-list (extended|standard)|access-list \d+ (permit|deny)"),
        (6, r"transport input |access-class |crypto isakmp |ip nat (inside|outside)|line aux 0|enable secret"),
        (8, r"version 1[2-7]\.\d+$"),
    ),
}
_COMPILED: Final = {p: tuple((weight, re.compile(text)) for weight, text in marks) for p, marks in _MARKS.items()}
_MOST_HITS: Final = 20  # of one mark: a long list of one thing is no more proof than a short one


def recognise_platform(lines: Sequence[Line]) -> Platform | None:
    """Tell which platform's configuration this is, None if nothing or several things speak for it."""
    sums = dict.fromkeys(Platform, 0)
    texts = [line.text.strip() for line in lines]
    for platform, marks in _COMPILED.items():
        for weight, mark in marks:
            hits = 0
            for text in texts:
                hits += mark.match(text) is not None
                if hits == _MOST_HITS:
                    break
            sums[platform] += weight * hits
    (first, most), (_, second) = sorted(sums.items(), key=lambda item: -item[1])[:2]
    return first if most > second else None

"""Is there an SNMP version 3 agent, and what does it tell callers without any user.

Sends: 1 UDP datagram to port 161, the discovery of RFC 3414: a request without user, engine and objects (62 bytes). An
    agent answers it with its engine id, how often it was started and for how long it has run. If nothing comes back,
    one more of its kind. 2 packets at most. No user name, no log-in. Network devices, servers, devices nobody knows,
    and those for which a community is declared.
Source: RFC 3414 §4, RFC 3411 §5, read 2026-11-21.
Limits: tells nothing of users, nor whether versions 1 and 2c are off. The enterprise is who made the agent (8072 is
    Net-SNMP on many makers' devices). A MAC in the id was chosen when the agent was installed and may be stale.
"""

from __future__ import annotations

import secrets

from scanners.datagrams import datagram_scanner
from scanners.snmp_v3.parse import NUMBERS, build_question, parse_report
from sekisho.model.udp_facts import SnmpEngine
from sekisho.registry import COMMUNITY

SCANNER = datagram_scanner(
    "snmp-v3",
    port=161,  # IANA: snmp
    fact=SnmpEngine,
    question=lambda: build_question(secrets.choice(NUMBERS)),
    parse=parse_report,
    where=lambda view: view.may_serve or COMMUNITY in view.settings,
)

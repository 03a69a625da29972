"""The closed list of topics (design: report.json). Each check has exactly one; docs/topics.md defines them."""

from __future__ import annotations

from typing import Final

TOPICS: Final = frozenset(
    """register.undeclared register.missing register.mismatch register.retired_but_alive point.owner point.counterpart
    point.dormant tls.version tls.cipher tls.key_exchange tls.certificate tls.client_auth ssh.algorithm
    management.clear_text management.exposure maintenance.exposure wan.inbound ipv6.exit vpn.crypto vpn.auth
    vpn.transit agent.outbound firmware.exploited firmware.vulnerable firmware.eol service.unneeded
    service.unauthenticated snmp.access account.password account.reuse account.unused account.second_factor log.record
    time.sync lan.admission wlan.security spoof.filter backup.isolation document.missing""".split()
)

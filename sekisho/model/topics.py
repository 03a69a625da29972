"""The closed list of topics (design: report.json). Each check has exactly one; docs/topics.md defines them."""

from __future__ import annotations

from typing import Final

TOPICS: Final = frozenset(
    {
        "account.password",
        "account.reuse",
        "account.second_factor",
        "account.unused",
        "agent.outbound",
        "backup.isolation",
        "document.missing",
        "firmware.eol",
        "firmware.exploited",
        "firmware.vulnerable",
        "ipv6.exit",
        "lan.admission",
        "log.record",
        "maintenance.exposure",
        "management.clear_text",
        "management.exposure",
        "point.counterpart",
        "point.dormant",
        "point.owner",
        "register.mismatch",
        "register.missing",
        "register.retired_but_alive",
        "register.undeclared",
        "service.clear_text",
        "service.unauthenticated",
        "service.unneeded",
        "snmp.access",
        "spoof.filter",
        "ssh.algorithm",
        "time.sync",
        "tls.certificate",
        "tls.cipher",
        "tls.client_auth",
        "tls.key_exchange",
        "tls.version",
        "vpn.auth",
        "vpn.crypto",
        "vpn.transit",
        "wan.inbound",
        "wlan.security",
    }
)

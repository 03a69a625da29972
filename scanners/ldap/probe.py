"""Is it an LDAP directory, and what does it tell everybody of itself.

Sends: 1 TCP connection, on it 1 search of the root DSE alone (115 bytes) for five attributes: naming contexts, vendor
    name and version, extensions, host name. No bind, not even an anonymous one, and no search in the directory itself.
    14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: RFC 4511 §4.5, RFC 4512 §5.1 (the root DSE is for everybody to read), read 2026-11-21.
Limits: what the directory itself gives to those who have not logged in is not asked. Ports 389 and 3268 (global
    catalogue) only; inside TLS (636, 3269) `ldap-tls` asks.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.ldap.parse import REQUEST, is_whole, parse_root
from sekisho.model.service_facts import LdapRoot

SCANNER = request_scanner(
    "ldap",
    ports=frozenset({389, 3268}),  # IANA: ldap, msft-gc
    fact=LdapRoot,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_root,
)

"""Is there an LDAP directory inside TLS, and what does it tell everybody of itself.

Sends: 1 TCP connection, on it a TLS handshake without a client certificate and inside it 1 search of the root DSE
    alone (115 bytes), as the scanner `ldap` asks it. No bind and no search in the directory itself. 45 packets at
    most; about fifteen where the answers come in one piece each. Only where TLS was seen to begin with the first byte.
Source: RFC 4511 §4.5, RFC 4512 §5.1, read 2026-11-21; ports 636 and 3269 are IANA's ldaps and msft-gc-ssl.
Limits: as those of `ldap`; a server that demands a client certificate isn't asked to the end. The certificate is not
    verified here: it is judged by what `tls` read.
"""

from __future__ import annotations

from dataclasses import replace

from scanners.exchange import request_scanner
from scanners.ldap.parse import REQUEST, is_whole, parse_root
from sekisho.model.service_facts import LdapRoot

SCANNER = request_scanner(
    "ldap-tls",
    ports=frozenset({636, 3269}),
    fact=LdapRoot,
    request=REQUEST,
    is_whole=is_whole,
    parse=lambda received: replace(parse_root(received), tls=True),
    inside_tls=True,
)

"""Is it Microsoft SQL Server, which version, and does it encrypt.

Sends: 1 TCP connection, on it 1 PRELOGIN (26 bytes); no LOGIN7, so no user, database or password is named. 14 packets
    at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke first.
Source: MS-TDS, revision 38, 2.2.6.5, read 2026-11-21.
Limits: who may log in isn't told before a log-in. The TLS that SQL Server speaks inside its own packets isn't judged.
    Port 1433 only: named instances listen on ports that only the SQL Server Browser would tell, which isn't asked.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.mssql.parse import REQUEST, is_whole, parse_answer
from sekisho.model.database_facts import MssqlPrelogin

SCANNER = request_scanner(
    "mssql",
    ports=frozenset({1433}),  # IANA: ms-sql-s
    fact=MssqlPrelogin,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
)

"""What a ZooKeeper server answers to a four-letter word (administrator's guide, "The Four Letter Words")."""

from __future__ import annotations

from collections.abc import Callable

STATE = """Zookeeper version: {version}-5b3ee1c, built on 2022-02-25 08:49 UTC
Latency min/avg/max: 0/0.0/0
Received: 1
Sent: 0
Connections: 1
Outstanding: 0
Zxid: 0x0
Mode: standalone
Node count: 5
"""
LETTERS = 4


def answering(version: str, *, permits: bool) -> Callable[[bytes], bytes | None]:
    """Give the application; permits: srvr may be asked, as it may by default."""

    def answer(received: bytes) -> bytes | None:
        """Answer srvr, decline the other words that there are, close on anything else."""
        if len(received) < LETTERS:
            return None
        word = received[:LETTERS]
        if word == b"srvr" and permits:
            return STATE.format(version=version).encode()
        if word in {b"srvr", b"ruok", b"stat", b"conf", b"envi", b"mntr", b"cons", b"dump", b"wchs"}:
            return word + b" is not executed because it is not in the whitelist.\n"
        return b""

    return answer

"""The one answer of a ZooKeeper server to `srvr`. Pure and total.

Source: ZooKeeper administrator's guide 3.8, "The Four Letter Words" (srvr is the one that is allowed by default since
3.5.3), read 2026-11-21.
"""

from __future__ import annotations

import re
from typing import Final

from sekisho.errors import ParseError
from sekisho.model.database_facts import ZookeeperAnswer

REQUEST: Final = b"srvr"
_VERSION: Final = re.compile(rb"Zookeeper version: ([0-9][0-9A-Za-z.]{0,30})")
_MODE: Final = re.compile(rb"\nMode: ([a-z-]{1,20})\n")
_DECLINED: Final = b"srvr is not executed because it is not in the whitelist."
_NOT_SERVING: Final = b"This ZooKeeper instance is not currently serving requests"
_LAST_LINE: Final = re.compile(rb"\nNode count: \d{1,12}\n")
_STARTS: Final = (b"Zookeeper version: ", _DECLINED, _NOT_SERVING)


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come; it ends with the number of nodes, or with its only line."""
    if not any(received[: len(start)] == start[: len(received)] for start in _STARTS):
        return True
    is_one_line = received.startswith((_DECLINED, _NOT_SERVING))
    return is_one_line or _LAST_LINE.search(received) is not None


def parse_answer(received: bytes) -> ZookeeperAnswer:
    """Read the answer. Raises: ParseError."""
    if received.startswith((_DECLINED, _NOT_SERVING)):
        return ZookeeperAnswer("", "")
    if (version := _VERSION.match(received)) is None:
        msg = f"ZooKeeper: got {received[:24]!r}, expected its version or the reason why not"
        raise ParseError(msg)
    mode = _MODE.search(received)
    return ZookeeperAnswer(version[1].decode("ascii"), mode[1].decode("ascii") if mode else "")

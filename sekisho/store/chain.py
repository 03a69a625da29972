"""Hash chain of one run: every recorded thing is bound to all before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sekisho.errors import IntegrityError
from sekisho.messages import Name, Sentence

GENESIS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One link. kind: open | attempt | ledger | close. ref: what it binds, readable (job id, run id)."""

    seq: int
    kind: str
    ref: str
    payload_sha256: str
    hash: str


def digest(payload: Mapping[str, Any]) -> str:
    """Give the sha256 of a payload in canonical JSON."""
    raw = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(raw).hexdigest()


def link(previous: Link | None, kind: str, ref: str, payload: Mapping[str, Any]) -> Link:
    """Make the next link."""
    seq = previous.seq + 1 if previous else 0
    payload_sha256 = digest(payload)
    before = previous.hash if previous else GENESIS
    return Link(
        seq,
        kind,
        ref,
        payload_sha256,
        digest({"prev": before, "seq": seq, "kind": kind, "ref": ref, "payload": payload_sha256}),
    )


def verify(stored: Iterable[Link], payloads: Iterable[tuple[str, str, Mapping[str, Any]]]) -> Link | None:
    """Rebuild a chain from its payloads (kind, ref, payload in order) and compare; give the last link.

    Raises: IntegrityError naming the first link that differs, is missing or is surplus.
    """
    links, rebuilt = list(stored), list[Link]()
    for kind, ref, payload in payloads:
        rebuilt.append(link(rebuilt[-1] if rebuilt else None, kind, ref, payload))
    for have, want in zip(links, rebuilt, strict=False):
        if have != want:
            where = {"kind": Name("cli.link", have.kind), "ref": have.ref}
            raise IntegrityError(Sentence("cli.integrity.link", number=have.seq, **where))
    if len(links) != len(rebuilt):
        surplus = (links if len(links) > len(rebuilt) else rebuilt)[min(len(links), len(rebuilt))]
        where = {"kind": Name("cli.link", surplus.kind), "ref": surplus.ref}
        counts = {"links": len(links), "records": len(rebuilt)}
        raise IntegrityError(Sentence("cli.integrity.length", **counts, **where))
    return rebuilt[-1] if rebuilt else None

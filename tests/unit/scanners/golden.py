"""Golden transcripts for unit tests."""

from __future__ import annotations

from pathlib import Path

from sekisho.model.transcript import EventKind, Transcript

FOLDER = Path(__file__).parents[2] / "golden"


def paths(scanner: str) -> list[Path]:
    """Give all recordings of a scanner."""
    found = sorted((FOLDER / scanner).glob("*.raw"))
    assert found, f"no golden transcripts of {scanner}"
    return found


def transcript(scanner: str, name: str) -> Transcript:
    """Load one recording."""
    return Transcript.from_bytes((FOLDER / scanner / f"{name}.raw").read_bytes())


def streams(scanner: str) -> list[tuple[bytes, bytes]]:
    """Give (sent, received) of every connection of every recording."""
    found: list[tuple[bytes, bytes]] = []
    for path in paths(scanner):
        stored = Transcript.from_bytes(path.read_bytes())
        for conn in stored.connections():
            sent = b"".join(e.data for e in stored.events if e.conn == conn and e.kind is EventKind.SENT)
            found.append((sent, stored.received(conn)))
    return found

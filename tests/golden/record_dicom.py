"""Records the golden transcripts of the dicom scanner from DCMTK's daemons on 127.0.0.1.

Run by hand, where `storescp` and `dcmqrscp` are installed: `python -m tests.golden.record_dicom`. A person reviews the
difference before it is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from scanners.dicom.probe import SCANNER
from sekisho.gate.wire import ConnectFailed
from sekisho.model.subjects import Subject
from tests.golden.facts_json import reading_json
from tests.unit.scanners.certs import pem_pair
from tests.unit.scanners.fakes import FakeWire, Loopback, Peer, Scripted, job

FOLDER = Path(__file__).parent / "dicom"
PLAIN, TLS = 11112, 2762
SOFTWARE = "DCMTK 3.6.7 (Debian 12)"
_STARTS_S = 0.5
_ARCHIVE = """MaxPDUSize = 16384
MaxAssociations = 4
HostTable BEGIN
viewer = (VIEWER1, 192.0.2.77, 104)
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
{title} {folder} R (10, 1024mb) viewer
AETable END
"""


@contextlib.contextmanager
def daemon(*words: str) -> Iterator[None]:
    """Run one of DCMTK's daemons."""
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait()


def archive(folder: Path, title: str) -> Sequence[str]:
    """Configure an archive that knows one viewer."""
    file = folder / f"{title}.cfg"
    (folder / title).mkdir()
    file.write_text(_ARCHIVE.format(title=title, folder=folder / title), "utf-8")
    return ("dcmqrscp", "-c", str(file), str(PLAIN))


async def ask(port: int, peer: Peer) -> FakeWire:
    """Let the scanner ask once."""
    await asyncio.sleep(_STARTS_S)
    wire = FakeWire(job("dicom", port), peer)
    with contextlib.suppress(ConnectFailed):
        await SCANNER.run(wire.job, wire)
    return wire


def keep(name: str, wire: FakeWire, port: int, told: tuple[str, str, str]) -> None:
    """Write the three files of one golden transcript; times are left out, they say nothing."""
    transcript = wire.transcript()
    events = tuple(replace(e, at_ms=0) for e in transcript.events)
    at = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    plain = replace(transcript, events=events, subject=Subject(f"service:192.0.2.41/tcp/{port}"), started_at=at)
    device, firmware, origin = told
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.raw").write_bytes(plain.to_bytes())
    (FOLDER / f"{name}.json").write_text(reading_json(SCANNER.read(plain)), "utf-8")
    (FOLDER / f"{name}.meta.toml").write_text(
        f'device = "{device}"\nfirmware = "{firmware}"\norigin = "{origin}"\ndate = {date(2026, 11, 21)}\n'
        'consent = "own machine"\nanonymised = "address replaced"\n',
        "utf-8",
    )


def main() -> None:
    """Record everything."""
    recorded = "recorded on 127.0.0.1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        for file, content in zip((certificate, key), pem_pair(), strict=True):
            file.write_text(content, "ascii")
        taking = ("storescp", "-aet", "PACS", "--output-directory", name, "--ignore")
        inside = (*taking, "+tls", str(key), str(certificate), "--ignore-peer-cert", str(TLS))
        for case, port, words, device in (
            ("storescp", PLAIN, (*taking, str(PLAIN)), "storescp, takes any title"),
            ("storescp-tls", TLS, inside, "storescp inside TLS, takes any title"),
            ("unknown-caller", PLAIN, archive(folder, "ANY-SCP"), "dcmqrscp, knows one viewer"),
            ("other-title", PLAIN, archive(folder, "ARCHIVE1"), "dcmqrscp with another title"),
            ("refusing", PLAIN, (*taking, "--refuse", str(PLAIN)), "storescp that refuses all"),
        ):
            with daemon(*words):
                wire = asyncio.run(ask(port, Loopback()))
            keep(case, wire, port, (device, SOFTWARE, recorded))
    by_hand = "made by hand"
    keep("silent", asyncio.run(ask(PLAIN, Scripted(then="silent"))), PLAIN, ("silent port", "none", by_hand))
    strange = asyncio.run(ask(PLAIN, Scripted(b"SSH-2.0-x\r\n")))
    keep("other-protocol", strange, PLAIN, ("another protocol", "none", by_hand))


if __name__ == "__main__":
    main()

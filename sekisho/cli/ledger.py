"""`sekisho ledger DIR`: what was sent, to whom, when; answers "10:42, was it us?"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sekisho.cli.commands import COMMANDS
from sekisho.cli.options import Folder, Host, Json, Lang, RunId
from sekisho.cli.record import open_record
from sekisho.cli.terminal import print_json, tell
from sekisho.errors import UsageError
from sekisho.intake.load import load_engagement
from sekisho.messages import named, say
from sekisho.model.ledger import CONTROL_BEGINS, SENDS, Entry, LedgerRow
from sekisho.store.summary import summarise


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("ledger", help=COMMANDS["ledger"].help)
    def ledger(
        folder: Folder,
        at: Annotated[
            str, typer.Option("--at", help="時刻: 10:42, 10:42:05, 2026-11-21T10:42 / moment (facility time)")
        ] = "",
        host: Host = "",
        run: RunId = "",
        lang: Lang = "ja",
        json: Json = False,
    ) -> None:
        zone = ZoneInfo(load_engagement(folder, lang=lang).engagement.facility.timezone)
        journal = open_record(folder, lang)
        try:
            runs = (journal.run(run),) if run else journal.runs()
            rows = [r for one in runs for r in journal.ledger.rows(one.id, address=host or None)]
        finally:
            journal.dispose()
        if not at:
            _print_sums(rows, lang=lang, as_json=json)
            return
        begin, end = _window(at, rows, zone, lang)
        found = _under_way(rows, begin, end)
        if json:
            print_json([_as_dict(r, zone) for r in found])
            return
        whom = host or say(lang, "cli.ledger.anyone" if found else "cli.ledger.nobody")
        window = {"begin": _clock(begin, zone), "end": _clock(end, zone), "zone": zone.key}
        tell(say(lang, "cli.ledger.yes" if found else "cli.ledger.no", count=len(found), host=whom, **window))
        for row in found:
            tell("  " + _line(row, zone, lang))


def _window(at: str, rows: Sequence[LedgerRow], zone: ZoneInfo, lang: str) -> tuple[datetime, datetime]:
    """Turn what a person says into a span: a minute, or a second when seconds are named.

    A time without a date: the newest day on which something was sent then, else its most recent occurrence.
    Raises: UsageError.
    """
    exact = re.search(r"\d{1,2}:\d{2}:\d{2}", at) is not None
    length = timedelta(seconds=1) if exact else timedelta(minutes=1)
    try:
        if not re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", at):
            begin = datetime.fromisoformat(at)
            begin = begin.replace(tzinfo=zone) if begin.tzinfo is None else begin
            return begin, begin + length
        clock = time.fromisoformat(at.zfill(len("hh:mm:ss" if exact else "hh:mm")))
    except ValueError:
        raise UsageError(say(lang, "cli.ledger.bad_time", value=at)) from None
    spans = [(b, b + length) for b in (datetime.combine(day, clock, zone) for day in _days(rows, zone))]
    return next((s for s in spans if _under_way(rows, *s)), _latest(clock, length, zone))


def _days(rows: Iterable[LedgerRow], zone: ZoneInfo) -> list[date]:
    """Give the facility's days on which something was sent, newest first."""
    return sorted({r.at.astimezone(zone).date() for r in rows if r.kind in SENDS}, reverse=True)


def _latest(clock: time, length: timedelta, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the most recent occurrence of a time of day that has begun."""
    now = datetime.now(zone)
    begin = datetime.combine(now.date(), clock, zone)
    if begin > now:
        begin = datetime.combine(now.date() - timedelta(days=1), clock, zone)
    return begin, begin + length


def _under_way(rows: Iterable[LedgerRow], begin: datetime, end: datetime) -> list[LedgerRow]:
    """Give the sends that were under way in a span: begun in it, or begun before and settled in or after it.

    What became of a connection to a jump host stands at its moments. A program we started sends until its row is
    settled, and a connection's last packets leave when it is closed.
    """
    found: list[LedgerRow] = []
    unsettled: dict[tuple[str, str, int, int], LedgerRow] = {}
    for row in rows:
        ends = (row.job, row.address, row.port, row.source_port)
        if row.kind is Entry.CONTROL:
            found += [row] if begin <= row.at < end else []
        elif row.kind in SENDS:
            if begin <= row.at < end:
                found.append(row)
            elif row.at < begin:
                unsettled[ends] = row
        elif row.kind is Entry.SETTLE and (earlier := unsettled.pop(ends, None)) is not None and row.at >= begin:
            found.append(earlier)
    return sorted(found, key=lambda r: r.at)


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    """Print a moment in the facility's time."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _line(row: LedgerRow, zone: ZoneInfo, lang: str) -> str:
    """Print one send."""
    if row.kind is Entry.CONTROL:
        return _control_line(row, zone, lang)
    _, _, job = row.job.partition("|")
    what = named(lang, "cli.ledger_job", job.partition("|")[0])
    return say(
        lang, "cli.ledger.line", at=f"{_clock(row.at, zone)}.{row.at.microsecond // 1000:03d}",
        kind=named(lang, "cli.ledger_kind", row.kind.value), transport=row.transport.upper(), vantage=row.vantage,
        source=_end(row.source, row.source_port), target=_end(row.address, row.port), bytes=row.bytes,
        tier=f"T{row.tier}", what=named(lang, "report.scanner", what),
    )  # fmt: skip


def _control_line(row: LedgerRow, zone: ZoneInfo, lang: str) -> str:
    """Print what became of a connection to a jump host; the note of a failed one goes on with the reason."""
    return say(
        lang, "cli.ledger.control_line", at=f"{_clock(row.at, zone)}.{row.at.microsecond // 1000:03d}",
        kind=named(lang, "cli.ledger_kind", row.kind.value), vantage=row.vantage,
        source=_end(row.source, row.source_port), target=_end(row.address, row.port),
        what=named(lang, "cli.ledger_control", row.note.partition(":")[0]),
    )  # fmt: skip


def _end(address: str, port: int) -> str:
    """Name one end of a send; ICMP and ARP have no ports."""
    host = f"[{address}]" if ":" in address and port else address
    return f"{host}:{port}" if port else host or "–"


def _as_dict(row: LedgerRow, zone: ZoneInfo) -> dict[str, object]:
    """Give one send as data."""
    return {
        "at": row.at.astimezone(zone).isoformat(), "kind": row.kind.value, "vantage": row.vantage, "job": row.job,
        "transport": row.transport, "source": row.source, "source_port": row.source_port, "address": row.address,
        "port": row.port, "tier": row.tier, "packets": row.packets, "bytes": row.bytes,
    }  # fmt: skip


def _print_sums(rows: list[LedgerRow], *, lang: str, as_json: bool) -> None:
    """Print sums per host."""
    sums = summarise(r for r in rows if r.kind in Entry)
    if as_json:
        print_json([
            {"host": h.host, "packets": h.packets, "connections": h.connections, "bytes": h.bytes,
             "peak_packets_per_s": h.peak_packets_per_s, "refused_sends": h.refused_sends} for h in sums.hosts
        ])  # fmt: skip
        return
    tell("  " + say(lang, "cli.ledger.header"))
    for h in sums.hosts:
        tell(f"  {h.host:<40} {h.packets:>9} {h.connections:>9} {h.bytes:>11} {h.peak_packets_per_s:>9}")
    total = {"packets": sums.packets, "connections": sums.connections, "bytes": sums.bytes}
    by = named(lang, "report.counted_by", sums.counted_by)
    tell("  " + say(lang, "cli.ledger.total", by=by, **total))
    begun = Counter((r.vantage, r.address, r.port) for r in rows if r.note == CONTROL_BEGINS)
    for (vantage, address, port), count in sorted(begun.items()):
        tell("  " + say(lang, "cli.ledger.control", vantage=vantage, host=_end(address, port), count=count))

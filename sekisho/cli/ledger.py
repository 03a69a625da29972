"""`sekisho ledger DIR`: what was sent, to whom, when; answers "10:42, was it us?"."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sekisho.cli.options import Folder, Json, Lang, RunId
from sekisho.cli.terminal import print_json, tell
from sekisho.errors import UsageError
from sekisho.intake.load import load_engagement
from sekisho.messages import say
from sekisho.store.journal import Journal
from sekisho.store.ledger import SENDS, Entry, LedgerRow
from sekisho.store.summary import summarise


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("ledger", help="送信記録を照会する（「10:42 のは我々か」）/ what was sent, when, to whom")
    def ledger(
        folder: Folder,
        at: Annotated[
            str, typer.Option("--at", help="時刻: 10:42, 10:42:05, 2026-11-21T10:42 / moment (facility time)")
        ] = "",
        host: Annotated[str, typer.Option("--host", help="相手のアドレス / address")] = "",
        run: RunId = "",
        lang: Lang = "ja",
        json: Json = False,
    ) -> None:
        zone = ZoneInfo(load_engagement(folder, lang=lang).engagement.facility.timezone)
        journal = Journal(folder, read_only=True)
        try:
            runs = (journal.run(run),) if run else journal.runs()
            rows = [r for one in runs for r in journal.ledger.rows(one.id, address=host or None)]
        finally:
            journal.dispose()
        if not at:
            _print_sums(rows, lang=lang, as_json=json)
            return
        begin, end = _window(at, rows, zone, lang)
        found = [r for r in rows if r.kind in SENDS and begin <= r.at < end]
        if json:
            print_json([_as_dict(r, zone) for r in found])
            return
        window = {
            "begin": begin.astimezone(zone).isoformat(timespec="seconds"),
            "end": end.astimezone(zone).isoformat(timespec="seconds"),
        }
        tell(say(lang, "cli.ledger.yes" if found else "cli.ledger.no", count=len(found), host=host or "*", **window))
        for row in found:
            tell("  " + _line(row, zone))


def _window(at: str, rows: list[LedgerRow], zone: ZoneInfo, lang: str) -> tuple[datetime, datetime]:
    """Turn what a person says into a span: a minute, or a second when seconds are named.

    A time without a date means its most recent occurrence within the recorded rows' days. Raises: UsageError.
    """
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", at):
            day = max((r.at for r in rows), default=datetime.now(zone)).astimezone(zone).date()
            clock = time.fromisoformat(at.zfill(5 if at.count(":") == 1 else 8))
            begin = datetime.combine(day, clock, zone)
        else:
            begin = datetime.fromisoformat(at)
            begin = begin.replace(tzinfo=zone) if begin.tzinfo is None else begin
    except ValueError:
        raise UsageError(say(lang, "cli.ledger.bad_time", value=at)) from None
    exact = re.search(r"\d{1,2}:\d{2}:\d{2}", at) is not None
    return begin, begin + (timedelta(seconds=1) if exact else timedelta(minutes=1))


def _line(row: LedgerRow, zone: ZoneInfo) -> str:
    """Print one send."""
    when = row.at.astimezone(zone).isoformat(timespec="milliseconds")
    source = f"{row.source}:{row.source_port}" if row.source else f"port {row.source_port}"
    target = f"{row.address}:{row.port}"
    return f"{when}  {row.kind.value:<8} {row.transport:<5} {source} → {target}  {row.bytes} B  T{row.tier}  {row.job}"


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
    tell(say(lang, "cli.ledger.header"))
    for h in sums.hosts:
        tell(f"  {h.host:<40} {h.packets:>9} {h.connections:>9} {h.bytes:>11} {h.peak_packets_per_s:>9}")
    tell(
        say(
            lang,
            "cli.ledger.total",
            packets=sums.packets,
            connections=sums.connections,
            bytes=sums.bytes,
            by=sums.counted_by,
        )
    )

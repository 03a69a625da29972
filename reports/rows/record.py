"""The execution record: who allowed what, what was sent, from where, with which data."""

from __future__ import annotations

from reports.edition import Edition
from reports.inert import visible
from reports.order import natural
from reports.rows.grid import Grid
from sekisho.model.report import ConsentPart, LedgerHost


def facts(edition: Edition) -> tuple[tuple[str, str], ...]:
    """Give names and values of the run."""
    words, report, time = edition.words, edition.report, edition.time
    snapshot, engagement = report.snapshot, report.engagement
    values = (
        ("facility", visible(engagement.facility)),
        ("facility_kind", words.name("facility_kind", engagement.kind)),
        ("run", visible(snapshot.run)),
        ("opened", time.read(snapshot.opened_at)),
        ("closed", time.read(snapshot.closed_at) if snapshot.closed_at else words("record.still_open")),
        ("timezone", visible(time.name)),
        ("stages", words.names("stage", snapshot.stages) or words("record.no_stage")),
        ("include", words.join(engagement.include)),
        ("exclude", words.join(engagement.exclude)),
        ("exclude_ports", words.join(tuple(map(str, engagement.exclude_ports)))),
        ("pace", words.name("pace", engagement.pace)),
        ("checklists", words.names("checklist", engagement.checklists)),
        ("tls_policy", words.name("tls_policy", engagement.tls_policy)),
        ("tool_version", words("record.tool", version=visible(snapshot.tool_version))),
        ("schema", report.schema_version),
        ("chain_head", snapshot.chain_head),
        ("chain_length", str(snapshot.chain_length)),
    )
    return tuple((words(f"record.{key}"), value) for key, value in values)


def grids(edition: Edition) -> tuple[Grid, ...]:
    """Give all tables of the record in order."""
    return (
        consents(edition),
        vantages(edition),
        outcomes(edition),
        ledger(edition),
        documents(edition),
        data_sets(edition),
        waivers(edition),
        limits(edition),
    )


def consents(edition: Edition) -> Grid:
    """Say who allowed what."""
    head = ("granted_by", "role", "valid", "covers", "max_tier", "methods", "document", "sha256")
    rows = tuple(_consent(edition, c) for c in edition.report.engagement.consents)
    return _grid(edition, "consents", head=head, rows=rows)


def _consent(edition: Edition, part: ConsentPart) -> tuple[str, ...]:
    """Print one consent."""
    words = edition.words
    return (
        words.free(part.granted_by),
        words.name("role", part.role),
        words("record.from_to", since=visible(part.valid_from), until=visible(part.valid_until)),
        words.join(part.covers),
        words.name("tier", part.max_tier),
        words.names("method", part.methods),
        visible(part.document),
        part.sha256,
    )


def vantages(edition: Edition) -> Grid:
    """Say where was looked from."""
    words = edition.words
    rows = tuple(
        (
            visible(v.name),
            words.name("role_vantage", v.role),
            words.name("via", v.via),
            words.free(v.source),
            words.name("confined", str(v.confined).lower()),
            v.attempts,
            v.control_connections,
        )
        for v in edition.report.vantages
    )
    head = ("name", "role", "via", "source", "confined", "attempts", "control_connections")
    return _grid(edition, "vantages", head=head, rows=rows)


def outcomes(edition: Edition) -> Grid:
    """Say how the tries ended, each outcome by itself."""
    words = edition.words
    rows = tuple(
        (words.name("outcome", outcome), number, words(f"outcome_meaning.{outcome}"))
        for outcome, number in edition.figures.outcomes.items()
        if number
    )
    return _grid(edition, "outcomes", head=("outcome", "count", "meaning"), rows=rows)


def ledger(edition: Edition) -> Grid:
    """Say what every host got from us, and the sum."""
    words, book = edition.words, edition.report.ledger
    total = (
        words("record.total"),
        book.packets,
        book.connections,
        book.bytes,
        book.peak_packets_per_s,
        book.refused_sends,
    )
    rows = tuple(_ledger_host(h) for h in sorted(book.hosts, key=lambda h: natural(h.host)))
    note = words("record.ledger_note", by=words.name("counted_by", book.counted_by))
    head = ("host", "packets", "connections", "bytes", "peak", "refused_sends")
    return _grid(edition, "ledger", head=head, rows=(total, *rows), note=note)


def _ledger_host(host: LedgerHost) -> tuple[str | int, ...]:
    """Print one host of the ledger."""
    return (
        visible(host.host), host.packets, host.connections, host.bytes, host.peak_packets_per_s, host.refused_sends,
    )  # fmt: skip


def documents(edition: Edition) -> Grid:
    """List what was handed in, with digests."""
    words = edition.words
    rows = tuple(
        (visible(d.path), words.name("document_role", d.role), d.sha256) for d in edition.report.snapshot.documents
    )
    return _grid(edition, "documents", head=("path", "role", "sha256"), rows=rows)


def data_sets(edition: Edition) -> Grid:
    """List the data that the judgement used, with its age."""
    words = edition.words
    rows = tuple(
        (words.name("data_set", d.id), visible(d.date), d.entries, words.text(d.note))
        for d in edition.report.snapshot.data
    )
    return _grid(edition, "data_sets", head=("data_set", "date", "entries", "note"), rows=rows)


def waivers(edition: Edition) -> Grid:
    """List what the hospital accepts for now."""
    words = edition.words
    rows = tuple(
        (
            visible(w.id),
            edition.names.subject(w.subject),
            words.free(w.justification),
            words.free(w.approver),
            words("record.expired", date=visible(w.expires)) if w.expired else visible(w.expires),
        )
        for w in edition.report.waivers
    )
    return _grid(edition, "waivers", head=("id", "subject", "justification", "approver", "expires"), rows=rows)


def limits(edition: Edition) -> Grid:
    """Say what the survey could not see, and why."""
    words = edition.words
    rows = tuple(
        (words.text(limit.what), words.places(map(edition.names.subject, limit.subjects)))
        for limit in edition.report.limits
    )
    return _grid(edition, "limits", head=("what", "subjects"), rows=rows)


def _grid(
    edition: Edition, key: str, *, head: tuple[str, ...], rows: tuple[tuple[str | int, ...], ...], note: str = ""
) -> Grid:
    """Put a grid together from the message table."""
    words = edition.words
    names = tuple(words(f"grid.{key}.{column}") for column in head)
    return Grid(key, words(f"grid.{key}.title"), names, rows, words(f"grid.{key}.empty"), note)

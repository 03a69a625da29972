from reports.citations import is_digest, link_to, path_of, short
from reports.edition import Edition
from tests.unit.reports.parts import digest
from tests.unit.reports.sample import EVIDENCE, empty, sample


def test_evidence_stands_in_order_of_the_most_urgent_claim() -> None:
    citations = Edition.of(sample(), EVIDENCE, "ja").citations
    first = next(iter(citations.claims))
    assert first == digest("tls-vpn")
    assert citations.claims[first][:2] == ("F-001", "F-002")
    assert citations.documents[digest("lines")].path == "documents/lines.csv"


def test_every_cited_id_is_listed() -> None:
    report = sample()
    cited = {e for f in report.findings for e in f.evidence} | {e for a in report.assets for e in a.evidence}
    assert cited <= set(Edition.of(report, EVIDENCE, "ja").citations.claims)
    assert Edition.of(empty(), {}, "ja").citations.claims == {}


def test_paths_and_links() -> None:
    evidence_id = digest("x")
    assert path_of(evidence_id) == f"evidence/{evidence_id[:2]}/{evidence_id}"
    assert link_to(evidence_id) == f"../{path_of(evidence_id)}"
    assert short(evidence_id) == evidence_id[:12]
    assert is_digest(evidence_id)
    assert not is_digest("javascript:alert(1)")
    assert not is_digest(evidence_id.upper())

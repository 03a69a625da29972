import pytest

from checks.services.caller_is_checked import caller_is_checked
from sekisho.model.clinical_facts import DicomAssociation
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

ACCEPTED = DicomAssociation("accepted", "", ("1.2.840.10008.1.2",), "1.2.3", "X")
BY_TITLE = DicomAssociation("rejected", "calling_title")


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [
        ([ACCEPTED], "fail", "any_caller"),
        ([BY_TITLE], "unknown", "by_title"),
        ([DicomAssociation("rejected", "called_title")], "unknown", "by_title"),
        ([DicomAssociation("rejected", "congestion")], "unknown", "refused"),
        ([DicomAssociation("aborted", "code-0-0")], "unknown", "refused"),
        ([BY_TITLE, ACCEPTED], "fail", "any_caller"),
    ],
)
def test_whoever_takes_anybody_fails_and_a_title_is_no_log_in(
    answers: list[DicomAssociation], verdict: str, reason: str
) -> None:
    seen = [see(a, subject="service:192.0.2.1/tcp/104", id=f"o{n}") for n, a in enumerate(answers)]
    assert outcome(caller_is_checked, seen, NoParams()) == (verdict, reason)

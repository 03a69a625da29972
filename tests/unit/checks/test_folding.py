from hypothesis import given
from hypothesis import strategies as st

from checks.folding import evidence_of, in_order, judge_each
from sekisho.model.verdicts import Judgement, Verdict
from tests.unit.checks.seen import see

MEANING = {
    "fail": Verdict(Judgement.FAIL, "bad", ("b",), cves=("CVE-2",)),
    "fail too": Verdict(Judgement.FAIL, "worse", ("a",), cves=("CVE-1",)),
    "unknown": Verdict(Judgement.UNKNOWN, "unsettled", ("u",)),
    "pass": Verdict(Judgement.PASS, "good", ("p",)),
    "not applicable": Verdict(Judgement.NOT_APPLICABLE, "elsewhere"),
    "nothing": None,
}


def judge(*words: str) -> Verdict | None:
    return judge_each([see(w, id=f"o{i}") for i, w in enumerate(words)], lambda o: MEANING[o.value])


def test_no_finding_when_no_observation_concerns_the_question() -> None:
    assert judge("nothing", "nothing") is None


def test_one_failing_vantage_is_enough() -> None:
    verdict = judge("pass", "fail", "unknown")
    assert verdict is not None
    assert verdict.judgement is Judgement.FAIL


def test_unsettled_part_keeps_the_whole_from_passing() -> None:
    verdict = judge("pass", "unknown")
    assert verdict is not None
    assert verdict.judgement is Judgement.UNKNOWN


def test_pass_beside_not_applicable() -> None:
    verdict = judge("not applicable", "pass")
    assert verdict is not None
    assert verdict.judgement is Judgement.PASS


def test_evidence_and_cves_of_all_alike_are_kept() -> None:
    verdict = judge("fail", "fail too", "pass")
    assert verdict is not None
    assert (verdict.evidence, verdict.cves) == (("a", "b"), ("CVE-1", "CVE-2"))


def test_evidence_is_sorted_and_unique() -> None:
    assert evidence_of([see(1, evidence="b"), see(2, evidence="a"), see(3, evidence="b")]) == ("a", "b")


@given(st.lists(st.sampled_from(sorted(MEANING)), min_size=1, max_size=6), st.randoms())
def test_verdict_does_not_depend_on_the_order_of_reading(words: list[str], random: object) -> None:
    seen = [see(w, id=f"o{i}") for i, w in enumerate(words)]
    shuffled = list(seen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert in_order(shuffled) == tuple(seen)
    assert judge_each(shuffled, lambda o: MEANING[o.value]) == judge_each(seen, lambda o: MEANING[o.value])


@given(st.lists(st.sampled_from(sorted(MEANING)), min_size=1, max_size=5), st.sampled_from(sorted(MEANING)))
def test_one_more_observation_never_turns_a_fail_into_anything_else(words: list[str], more: str) -> None:
    before = judge(*words)
    after = judge(*words, more)
    if before is not None and before.judgement is Judgement.FAIL:
        assert after is not None
        assert after.judgement is Judgement.FAIL

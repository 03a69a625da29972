"""Where connections to one service contradicted each other: a difference that keeps every TLS check from passing."""

from __future__ import annotations

from collections.abc import Iterable

from sekisho.model.verdicts import LIST, Judgement, Verdict


def unless_differing(verdict: Verdict | None, differs: Iterable[str]) -> Verdict | None:
    """Give a verdict as it is, but instead of a pass or an unknown that answers differ between connections.

    Takes: differs, in what they contradicted each other (TlsVersions). A fail stands: one server is at fault for sure.
    """
    found = tuple(dict.fromkeys(differs))
    if verdict is None or not found or verdict.judgement not in {Judgement.PASS, Judgement.UNKNOWN}:
        return verdict
    return Verdict(Judgement.UNKNOWN, "answers_differ", verdict.evidence, (("differing", LIST.join(found)),))

"""A site's own TLS policy: taken from documents/, or refused with file, place, value and what was expected."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from sekisho.cli.kit import load as load_all
from sekisho.errors import InputError
from sekisho.intake.known import shipped
from sekisho.intake.load import load_engagement
from tests.unit.intake.folders import MINIMAL, write

PATH = "documents/tls-policy.toml"
OURS = files("profiles").joinpath("tls", "mozilla-5.8-intermediate.toml").read_text("utf-8")
SUITE = '"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"'
SUITES = frozenset(line.strip(' ",') for line in OURS.splitlines() if line.strip().startswith('"TLS_'))
LIST, EXCHANGE = "check.tls.cipher-suites.tls12", "check.tls.key-exchange"
KNOWN = replace(shipped(), suites=SUITES)


def folder(tmp_path: Path, policy: str | None, name: str = PATH) -> Path:
    write(tmp_path, "documents/consent.pdf", "%PDF-1.7")
    write(tmp_path, "engagement.toml", MINIMAL + f'[assess]\ntls_policy = "{name}"\n')
    if policy is not None:
        write(tmp_path, PATH, policy)
    return tmp_path


def test_a_file_below_documents_is_a_policy_whose_digest_is_kept(tmp_path: Path) -> None:
    engagement = load_engagement(folder(tmp_path, OURS), lang="en", known=KNOWN).engagement
    assert engagement.tls_policy == PATH
    assert PATH in {d.path for d in engagement.documents}


def test_it_judges_under_the_path_that_names_it(tmp_path: Path) -> None:
    own = OURS.replace("rsa_bits = 2048", "rsa_bits = 3072").replace("（intermediate）", "（当院）")
    loaded = load_all(folder(tmp_path, own), lang="en")
    policy = loaded.kit.policies[loaded.engagement.tls_policy]
    assert policy.params["tls.certificate"]["rsa_bits"] == 3072
    assert "当院" in policy.title.ja


@pytest.mark.parametrize(
    ("before", "after", "place", "value", "expected"),
    [
        ('floor = "tls1.2"', 'floor = "tls1.4"', "check.tls.min-version.floor", "tls1.4", "tls1.2 tls1.3"),
        ("rsa_bits = 2048", 'rsa_bits = "2048"', "check.tls.certificate.rsa_bits", "2048", "a whole number"),
        ("rsa_bits = 2048", "rsa_bits = 0", "check.tls.certificate.rsa_bits", "0", "more than 0"),
        ("rsa_bits = 2048", "rsa_bit = 2048", "check.tls.certificate.rsa_bit", "rsa_bit", '"rsa_bits"'),
        ("forward_secrecy = true", "forward_secrecy = 1", f"{EXCHANGE}.forward_secrecy", "1", "true or false"),
        ("forward_secrecy = true", "", f"{EXCHANGE}.forward_secrecy", "", "is required"),
        (SUITE, '"ECDHE-RSA-AES128-SHA"', f"{LIST}#2", "ECDHE-RSA-AES128-SHA", "registered name"),
        (SUITE, '"TLS_ECDHE_RSA_WITH_ROT13"', f"{LIST}#2", "TLS_ECDHE_RSA_WITH_ROT13", "registered"),
        ('edition = "5.8"', 'edition = ""', "edition", "", "must not be empty"),
        ('rule = "required"', 'rule = "wanted"', "entry#3.rule", "wanted", "required allowed forbidden"),
        ("[check.", "[check", "", "", "no TOML"),
    ],
)  # fmt: skip
def test_a_fault_has_file_place_value_and_expectation(
    tmp_path: Path, before: str, after: str, place: str, value: str, expected: str
) -> None:
    assert before in OURS
    with pytest.raises(InputError) as refused:
        load_engagement(folder(tmp_path, OURS.replace(before, after, 1)), lang="en", known=KNOWN)
    found = [p for p in refused.value.problems if (not place or p.place == place) and p.value == value]
    assert [p.file for p in found] == [PATH]
    assert expected in found[0].expected


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    broken = OURS.replace("rsa_bits = 2048", "rsa_bits = 1.5").replace('floor = "tls1.2"', "floor = 12")
    with pytest.raises(InputError) as refused:
        load_engagement(folder(tmp_path, broken + "\n[more]\n"), lang="ja", known=KNOWN)
    assert [p.place for p in refused.value.problems] == [
        "check.tls.min-version.floor",
        "check.tls.certificate.rsa_bits",
        "more",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("documents/none.toml", "cryptrec-3.0.1-high"),
        ("policies/own.toml", "into documents/"),
        ("/etc/policy.toml", "into documents/"),
        ("documents/../../own.toml", "into documents/"),
    ],
)
def test_a_path_that_leads_nowhere_or_outside_is_refused(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(InputError) as refused:
        load_engagement(folder(tmp_path, OURS, name), lang="en", known=KNOWN)
    (problem,) = refused.value.problems
    assert (problem.file, problem.place, problem.value) == ("engagement.toml", "assess.tls_policy", name)
    assert expected in problem.expected

"""TLS policies: their form, their sources, and their agreement with the checks, the topics page and their sources."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import checks
from scanners.tls.suites import suite_names
from sekisho.intake.policy import PolicyFile
from sekisho.messages import say
from sekisho.profile_files import profile_names, read_profile
from sekisho.registry import discover_checks

MOZILLA = Path(__file__).resolve().parents[3] / "shared" / "data" / "mozilla-tls" / "5.8.json"
CHECKS = discover_checks(checks)
NAMES = profile_names("tls")
POLICIES = {name: read_profile("tls", f"{name}.toml") for name in NAMES}
IANA = frozenset(suite_names().values())
CRYPTREC = [n for n in NAMES if n.startswith("cryptrec")]
VERSIONS = ("ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3")


def entries(name: str, item: str) -> list[dict[str, Any]]:
    return [e for e in POLICIES[name]["entry"] if e["item"] == item]


def test_the_policies_of_the_contract_are_there() -> None:
    types, levels = ("high", "recommended", "exception"), ("modern", "intermediate", "old")
    assert set(NAMES) == {f"cryptrec-3.0.1-{t}" for t in types} | {f"mozilla-5.8-{level}" for level in levels}
    assert [p["id"] for p in POLICIES.values()] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_form_is_that_of_a_sites_own_policy_and_every_suite_is_registered(name: str) -> None:
    PolicyFile.model_validate(POLICIES[name], context={"suites": IANA})
    assert len(IANA) > 300


def test_form_has_exactly_the_parameters_of_the_checks() -> None:
    form = PolicyFile.model_fields["check"].annotation
    assert form is not None
    tables = {f.alias: f.annotation for f in form.model_fields.values()}
    for check, table in tables.items():
        assert check is not None
        assert table is not None
        assert set(table.model_fields) == {f.name for f in fields(CHECKS[check].params)}


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_stands_in_an_entry_with_its_source(name: str) -> None:
    check = POLICIES[name]["check"]
    for version, suites in (("1.2", "tls12"), ("1.3", "tls13")):
        (entry,) = entries(name, f"suite.tls{version}")
        assert entry["check"] == "tls.cipher-suites"
        assert entry["value"] == (check["tls.cipher-suites"][suites] or ["none"])
    allowed = {v for e in entries(name, "version") if e["rule"] != "forbidden" for v in e["value"]}
    forbidden = {v for e in entries(name, "version") if e["rule"] == "forbidden" for v in e["value"]}
    floor = VERSIONS.index(check["tls.min-version"]["floor"])
    assert (allowed, forbidden) == (set(VERSIONS[floor:]), set(VERSIONS[:floor]))
    required = [v for e in entries(name, "version") if e["rule"] == "required" for v in e["value"]]
    assert required == [v for v in [check["tls.min-version"]["required"]] if v]
    hashes = {h for e in entries(name, "certificate.signature_hash") for h in e["value"]}
    assert hashes == set(check["tls.certificate"]["weak_hashes"])
    keys = {v for e in entries(name, "certificate.key_bits") for v in e["value"]}
    assert keys == {f"{k} >= {check['tls.certificate'][f'{k}_bits']}" for k in ("rsa", "ec")}
    exchange = {v for e in entries(name, "key_exchange") for v in e["value"]}
    sizes = check["tls.key-exchange"]
    assert {f"dhe >= {sizes['dhe_bits']}", f"ecdhe >= {sizes['curve_bits']}"} <= exchange
    (secrecy,) = entries(name, "forward_secrecy")
    assert (secrecy["rule"] == "required", "rsa" not in secrecy["value"]) == (sizes["forward_secrecy"],) * 2


@pytest.mark.parametrize("name", NAMES)
def test_no_suite_is_allowed_that_the_policy_forbids_or_that_lacks_what_it_asks_for(name: str) -> None:
    check = POLICIES[name]["check"]
    suites = check["tls.cipher-suites"]["tls12"]
    for part in (v for e in entries(name, "suite.part") for v in e["value"]):
        assert [s for s in suites if part in s.split("_")] == []
    if check["tls.key-exchange"]["forward_secrecy"]:
        assert [s for s in suites if not s.startswith(("TLS_ECDHE_", "TLS_DHE_"))] == []
    assert len(suites) == len(set(suites))


@pytest.mark.parametrize("name", CRYPTREC)
def test_what_was_not_read_in_the_guideline_is_marked(name: str) -> None:
    """Domain notes B1: versions and SHA-1 were found in published sources, the tables of the guideline were not."""
    verified = {e["item"] for e in POLICIES[name]["entry"] if e["verified"]}
    assert verified <= {"version", "certificate.signature_hash", "client_certificate"}
    marked = {v for e in POLICIES[name]["entry"] if not e["verified"] for v in e["value"] if e["item"] == "version"}
    assert marked == ({"tls1.2", "tls1.3"} if name.endswith("exception") else set())


@pytest.mark.parametrize("name", NAMES)
def test_every_part_has_a_name_for_readers(name: str) -> None:
    for lang in ("ja", "en"):
        assert say(lang, f"report.tls_policy.{name}")
        for entry in POLICIES[name]["entry"]:
            assert say(lang, f"assessment.policy_part.{entry['item']}")


def test_policies_agree_with_the_topics_page() -> None:
    high = POLICIES["cryptrec-3.0.1-high"]["check"]
    assert high["tls.min-version"] == {"floor": "tls1.2", "required": "tls1.3"}
    assert (high["tls.certificate"]["rsa_bits"], high["tls.certificate"]["ec_bits"]) == (2048, 256)
    assert high["tls.key-exchange"] == {"dhe_bits": 2048, "curve_bits": 256, "forward_secrecy": True}


@pytest.mark.skipif(not MOZILLA.is_file(), reason="Mozilla's guidelines are not beside the repository")
@pytest.mark.parametrize("level", ["modern", "intermediate", "old"])
def test_mozilla_levels_say_what_their_source_says(level: str) -> None:
    source = json.loads(MOZILLA.read_text())["configurations"][level]
    check = POLICIES[f"mozilla-5.8-{level}"]["check"]
    assert check["tls.cipher-suites"] == {"tls12": source["ciphers"]["iana"], "tls13": source["ciphersuites"]}
    oldest = re.sub(r"TLSv(1(?:\.\d)?)$", r"tls\1", source["tls_versions"][0])
    assert check["tls.min-version"]["floor"] == ("tls1.0" if oldest == "tls1" else oldest)
    assert source["rsa_key_size"] in {check["tls.certificate"]["rsa_bits"], None}
    assert source["dh_param_size"] in {check["tls.key-exchange"]["dhe_bits"], None}
    assert source["ecdh_param_size"] == check["tls.key-exchange"]["curve_bits"]

from __future__ import annotations

from typing import Any

import pytest

from sekisho.assessment.plan import Planned, plan
from sekisho.assessment.profile import Checklist, check_policy_uses, parse_checklist, parse_policy
from sekisho.errors import ProfileError
from sekisho.profile_files import profile_names, read_profile
from tests.unit.assessment.kits import CHECKS, POLICY, document, item, kit, use
from tests.unit.inventory.worlds import world


def parse(doc: dict[str, Any]) -> Checklist:
    return parse_checklist(doc, CHECKS, where="c.toml")


def test_shipped_checklists_and_policies_fit_the_checks() -> None:
    lists = [
        parse_checklist(read_profile("checklists", f"{n}.toml"), CHECKS, where=n) for n in profile_names("checklists")
    ]
    policies = [parse_policy(read_profile("tls", f"{n}.toml"), CHECKS, where=n) for n in profile_names("tls")]
    check_policy_uses(lists, policies)
    assert {c.id for c in lists} >= {"mhlw-hospital-r7"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (item("1", use("tls.no-such-check")), "tls.no-such-check"),
        (item("1", use("register.cells-agree", colour="red")), "colour"),
        (item("1", {"id": "tls.min-version"}), "floor"),
        (item("1", use("tls.min-version", floor="tls9", required="")), "tls9"),
        (item("1", verifiability="mostly"), "mostly"),
        (item("1", by="cat"), "cat"),
        (item("1", why={"ja": "理由"}), "why.en"),
        (item("1", why={"ja": "", "en": "x"}), "why.ja"),
        (item("1", wher="x"), "wher"),
        (item("1", {"id": "register.cells-agree", "where": {"colour": ["red"]}}), "colour"),
        (item("1", {"id": "tls.min-version", "params_from": "mood"}), "params_from"),
        (item("1", use("register.cells-agree"), verifiability="none"), "verifiability none"),
        ({k: v for k, v in item("1").items() if k != "label"}, "label"),
    ],
)
def test_every_fault_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said.replace(".", r"\.")):
        parse(document(change))


def test_all_faults_come_at_once_and_ids_are_unique() -> None:
    with pytest.raises(ProfileError) as error:
        parse(document(item("1", verifiability="x"), item("1", by="y")))
    assert len(str(error.value).splitlines()) == 3


def test_fault_in_an_extra_topic_is_found_too() -> None:
    with pytest.raises(ProfileError, match="nothing"):
        parse(document(item("1"), extra=[use("nothing.at-all")]))


def test_top_level_keys_are_closed() -> None:
    with pytest.raises(ProfileError, match="edition: missing"):
        parse({k: v for k, v in document(item("1")).items() if k != "edition"})
    with pytest.raises(ProfileError, match="unknown key 'items'"):
        parse({**document(item("1")), "items": []})


def test_policy_names_what_was_not_verified() -> None:
    policy = parse_policy(POLICY, CHECKS, where="p")
    assert (policy.unverified, policy.unverified_items) == ((("", "suites"),), ("suites",))
    with pytest.raises(ProfileError, match="title: missing"):
        parse_policy({"id": "p", "source": "s"}, CHECKS, where="p")
    with pytest.raises(ProfileError, match="floor"):
        parse_policy({**POLICY, "check": {"tls.min-version": {}}}, CHECKS, where="p")


def test_policy_without_a_section_that_is_wanted_is_refused() -> None:
    checklist = parse(document(item("1", {"id": "tls.certificate", "params_from": "tls_policy"})))
    with pytest.raises(ProfileError, match=r"tls\.certificate"):
        check_policy_uses([checklist], [parse_policy(POLICY, CHECKS, where="p")])


def planned(*items: dict[str, Any], extra: tuple[dict[str, Any], ...] = (), **changes: Any) -> tuple[Planned, ...]:
    made = world(**changes)
    return plan(kit(made, *items, extra=extra), made.engagement)


def test_one_check_for_several_items_runs_once() -> None:
    (one,) = planned(
        item("1", use("services.no-legacy-service", "server")),
        item("2", use("services.no-legacy-service", "pc")),
        extra=(use("services.no-legacy-service"),),
    )
    assert one.alone
    assert one.items("server") == ("mhlw-hospital-r7:1",)
    assert one.items("network") == ()


def test_check_without_a_use_for_a_category_is_not_asked() -> None:
    (one,) = planned(item("1", use("services.no-legacy-service", "server")))
    assert one.items("pc") is None


def test_different_parameters_are_two_runs() -> None:
    strict = use("tls.min-version", floor="tls1.3", required="tls1.3")
    found = planned(item("1", {"id": "tls.min-version", "params_from": "tls_policy"}), item("2", strict))
    assert [(p.check.id, p.alone) for p in found] == [("tls.min-version", False)] * 2


def test_equal_parameters_from_policy_and_item_are_one_run() -> None:
    same = use("tls.min-version", floor="tls1.2", required="tls1.3")
    (one,) = planned(item("1", {"id": "tls.min-version", "params_from": "tls_policy"}), item("2", same))
    assert one.items("") == ("mhlw-hospital-r7:1", "mhlw-hospital-r7:2")


def test_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ProfileError, match="mhlw-moon"):
        planned(item("1"), checklists=("mhlw-moon",))
    with pytest.raises(ProfileError, match="no-policy"):
        planned(item("1", {"id": "tls.min-version", "params_from": "tls_policy"}), tls_policy="no-policy")
    with pytest.raises(ProfileError, match="no section"):
        planned(item("1", {"id": "tls.certificate", "params_from": "tls_policy"}))

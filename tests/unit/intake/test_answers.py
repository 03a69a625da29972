from pathlib import Path

import pytest

from sekisho.intake.answers import find_items, item_key
from sekisho.intake.known import ChecklistItem, shipped
from tests.engagement_folder import make_folder
from tests.unit.intake.folders import load, problems, write

PHARMACY = (
    ChecklistItem("0", "0", ""),
    ChecklistItem("2-7n", "2(7)", "network"),
    ChecklistItem("2-7s", "2(7)", "server"),
    ChecklistItem("2-7p", "2(7)", "pc"),
    ChecklistItem("2-8", "2(8)", "network"),
    ChecklistItem("SA-57", "SA-57", ""),
)
HOSPITAL = shipped().checklists["mhlw-hospital-r7"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *(
            ("2-⑬", "2-13"),
            ("2−⑬", "2-13"),
            ("２－１３", "2-13"),
            ("2ー13", "2-13"),
            ("（2-⑬）", "2-13"),
            ("2.13", "2-13"),
        ),
        *(
            ("2(8)", "2-8"),
            ("２（８）", "2-8"),
            ("2-(8)", "2-8"),
            ("１-①", "1-1"),
            ("2 - 3", "2-3"),
            ("2-12S", "2-12s"),
        ),
        *(("SA-57", "sa-57"), ("", "")),
    ],
)
def test_item_numbers_as_printed(text: str, key: str) -> None:
    assert item_key(text) == key


@pytest.mark.parametrize(
    ("text", "subject", "items"),
    [
        ("2-⑬", "", ("2-13",)),
        ("2-13", "ネットワーク機器", ("2-13",)),
        ("2-⑫", "サーバ", ("2-12s",)),
        ("2-⑫", "サーバー", ("2-12s",)),
        ("2-⑫", "端末PC", ("2-12p",)),
        ("2-12p", "", ("2-12p",)),
        ("2-⑫", "", ("2-12s", "2-12p")),
        ("2-⑫", "全部", ("2-12s", "2-12p")),
        ("2-99", "", ()),
    ],
)
def test_hospital_items(text: str, subject: str, items: tuple[str, ...]) -> None:
    assert find_items(text, subject, HOSPITAL) == items


@pytest.mark.parametrize(
    ("text", "subject", "items"),
    [
        ("2(7)", "NW機器", ("2-7n",)),
        ("2(7)", "端末ＰＣ", ("2-7p",)),
        ("2(8)", "", ("2-8",)),
        ("sa-57", "", ("SA-57",)),
        ("0", "", ("0",)),
    ],
)
def test_items_of_other_checklists(text: str, subject: str, items: tuple[str, ...]) -> None:
    assert find_items(text, subject, PHARMACY) == items


def test_answers_of_a_form(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    rows = "チェックリスト,項番,対象,項目,回答,確認日,目標日,備考\nmhlw-hospital-r7,1-①,,体制,はい,R8.10.1,,\n"
    rows += "mhlw-hospital-r7,2-⑫,端末PC,,いいえ,,令和9年3月,予算待ち\n"
    rows += "mhlw-hospital-r7,2-③,,,,,,\nmhlw-hospital-r7,3-①,,,対象外,,,\n"
    write(folder, "documents/answers/回答.csv", rows)
    first, second, third = load(folder).engagement.answers
    assert (first.item, first.answer, str(first.confirmed), first.target_date) == ("1-1", "yes", "2026-10-01", None)
    assert (second.item, second.answer, str(second.target_date), second.note) == (
        "2-12p",
        "no",
        "2027-03-31",
        "予算待ち",
    )
    assert (third.item, third.answer, str(third.origin)) == ("3-1", "not_applicable", "documents/answers/回答.csv [L5]")


def test_two_answers_to_one_item_must_agree(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    write(folder, "documents/answers/mhlw-hospital-r7.csv", "項番,回答\n1-①,はい\n1-①,はい\n2-①,はい\n2-①,いいえ\n")
    (problem,) = problems(folder, "en")
    assert problem.place == "line 5, column 2"
    assert problem.expected == "the same item and subject has another answer at L4; keep one of them"


def test_unknown_checklist_names_the_closest(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    write(folder, "documents/answers/a.csv", "チェックリスト,項番,回答\nmhlw-hospital-r8,1-①,はい\n")
    (problem,) = problems(folder)
    assert "mhlw-hospital-r7" in problem.expected

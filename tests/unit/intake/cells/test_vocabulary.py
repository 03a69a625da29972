from collections.abc import Mapping
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.intake.cells.vocabulary import Vocabulary, parse_answer, parse_state, parse_yes_no
from sekisho.intake.known import shipped
from sekisho.model.engagement import RowState

T = TypeVar("T")


def pairs(table: Mapping[T, str]) -> list[tuple[str, T]]:
    return [(word, key) for key, words in table.items() for word in words.split("|")]


@pytest.mark.parametrize(
    ("text", "expected"),
    pairs(
        {
            "yes": "はい|○|〇|有|あり|有り|可|Y|YES|Ｙｅｓ|TRUE|はい（一部は計画中）",
            "no": "いいえ|×|無|なし|無し|N|no|不可|✕|なし 令和9年に予定",
            "not_applicable": "対象外|該当なし|N/A|非該当",
            "": "|-|不明|要確認|未回答",
        }
    ),
)
def test_answers(text: str, expected: str) -> None:
    parsed = parse_answer(text)
    assert (parsed.value, parsed.wrong) == (expected, ())


@pytest.mark.parametrize("text", ["はい・いいえ", "有・無", "はい/いいえ", "たぶん", "一部あり", "○×", "計画中"])
def test_unfilled_or_unclear_answers_are_wrong_and_never_yes(text: str) -> None:
    parsed = parse_answer(text)
    assert parsed.value == ""
    assert [r.key for r in parsed.wrong] == ["answer"]


def test_yes_no_has_no_third_value() -> None:
    assert parse_yes_no("対象外").value == ""
    assert parse_yes_no("あり(FW)").value == "yes"
    assert parse_yes_no("ベンダーのみ").wrong[0].key == "yes_no"


@pytest.mark.parametrize(
    ("text", "expected"),
    pairs(
        {
            RowState.IN_USE: "使用中|稼働|稼働中|In use|運用中（24時間）",
            RowState.STOPPED: "停止|休止|予備|停止中",
            RowState.DISPOSED: "廃棄|撤去|廃棄済|撤去済み|解約",
            RowState.UNKNOWN: "|不明",
        }
    ),
)
def test_states(text: str, expected: RowState) -> None:
    parsed = parse_state(text)
    assert (parsed.value, parsed.noted) == (expected, ())


def test_unclear_states_are_unknown_and_told() -> None:
    for text in ("使用中・廃棄", "謎"):
        assert parse_state(text).value is RowState.UNKNOWN
        assert parse_state(text).noted
    assert parse_state("廃棄予定").value is RowState.IN_USE


@pytest.mark.parametrize(
    ("text", "expected"),
    pairs(
        {
            "network": "ネットワーク機器|ルータ|ルーター|L2スイッチ|FW|UTM|無線AP",
            "server": "サーバ|ファイルサーバー|NAS",
            "pc": "端末|ノートPC|PC",
            "printer": "プリンタ|複合機",
            "pacs": "PACS|PACSサーバ|画像サーバ",
            "hl7": "HL7連携",
            "medical": "医療機器|モダリティ|CT|MRI装置|人工呼吸器|透析装置|医療機器制御用PC",
            "facility": "設備|UPS",
            "iot": "ネットワークカメラ|IoT機器",
        }
    ),
)
def test_shipped_categories(text: str, expected: str) -> None:
    assert shipped().categories.find(text)[0] == expected


@pytest.mark.parametrize("text", ["", "その他", "DIRECTOR", "不明"])
def test_unclear_categories_are_none(text: str) -> None:
    assert shipped().categories.find(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    pairs(
        {
            "K1": "インターネット|光回線（インターネット）",
            "K2": "IP-VPN（閉域）|IPVPN|広域イーサネット|専用線",
            "K3": "IPsec",
            "K1 K3": "インターネットVPN（IPsec）",
            "K4": "SSL-VPN|SSL VPN|リモートアクセスVPN",
            "K5": "保守回線",
            "K6": "LTE・5G|モバイル",
            "K7": "INSネット64（ISDN）|アナログ電話回線",
            "K8": "TeamViewer",
            "K17": "フレッツ光 IPoE",
        }
    ),
)
def test_shipped_line_kinds(text: str, expected: str) -> None:
    assert shipped().line_strong.find(text) == tuple(expected.split())


def test_weak_words_are_apart() -> None:
    assert shipped().line_strong.find("フレッツ光") == ()
    assert shipped().line_weak.find("フレッツ光") == ("K1",)
    assert shipped().line_weak.find("VPN") == ("K3",)


def test_ascii_words_are_whole_words() -> None:
    words = Vocabulary.build({"medical": ["CT"], "none": []})
    assert words.find("CT装置") == ("medical",)
    assert words.find("ＣＴ") == ("medical",)
    assert words.find("FACT") == ()


@given(st.text())
def test_total(text: str) -> None:
    parse_answer(text)
    parse_yes_no(text)
    parse_state(text)
    shipped().categories.find(text)
    shipped().line_strong.find(text)

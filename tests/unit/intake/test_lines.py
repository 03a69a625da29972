from pathlib import Path

import pytest

from sekisho.errors import Problem
from sekisho.model.engagement import DeclaredLine
from tests.engagement_folder import make_folder
from tests.unit.intake.folders import load, write


def read(tmp_path: Path, rows: str) -> tuple[tuple[DeclaredLine, ...], tuple[Problem, ...]]:
    folder = make_folder(tmp_path)
    write(folder, "documents/lines.csv", "管理番号,回線種別,接続先,用途\n" + rows)
    intake = load(folder)
    return intake.engagement.lines, tuple(n for n in intake.notices if n.file.endswith("lines.csv"))


@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        ("1,光回線（インターネット）,プロバイダ,院内", ("K1",)),
        ("1,フレッツ光,プロバイダ,オンライン資格確認", ("K1", "K10")),
        ("1,IP-VPN,支払基金,レセプト請求", ("K2", "K10")),
        ("1,VPN,本院,電子カルテ", ("K3", "K16")),
        ("1,光,A社,PACSの保守（SSL-VPN）", ("K1", "K4", "K5")),
        ("1,INSネット64,A社,ダイヤルアップ保守", ("K5", "K7")),
        ("1,広域イーサネット,地域連携協議会,地域医療連携", ("K2", "K11")),
        ("1,光回線,給食会社,給食業務の委託", ("K1", "K12")),
        ("1,LTEルータ,B社,検体検査", ("K6", "K12")),
        ("1,なぞ,,", ("K18",)),
    ],
)
def test_kinds_of_a_line(tmp_path: Path, row: str, kinds: tuple[str, ...]) -> None:
    (line,), _ = read(tmp_path, row + "\n")
    assert line.kinds == kinds


def test_lines_without_or_with_the_same_number(tmp_path: Path) -> None:
    lines, notices = read(tmp_path, ",光回線,A社,x\nL-1,ISDN,,\nL-1,ISDN,,\n")
    assert [line.number for line in lines] == ["#2", "L-1", "L-1"]
    assert [n.place for n in notices] == ["L2", "4行目・1列目"]

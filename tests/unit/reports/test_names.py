import pytest

from reports.names import Names
from reports.words import Words
from tests.unit.reports.parts import asset, point
from tests.unit.reports.sample import sample

NAMES = Names.of(sample(), Words("ja"))


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("facility", "施設全体"),
        ("host:192.0.2.1", "rt-main ヤマハ RTX830（192.0.2.1）"),
        ("host:192.0.2.21", "ehr-1（192.0.2.21）"),
        ("host:192.0.2.9", "ネットワーク機器（192.0.2.9）"),
        ("host:198.51.100.1", "198.51.100.1"),
        ("service:192.0.2.3/tcp/23", "ヤマハ RTX810（192.0.2.3） TCP 23"),
        ("point:192.0.2.2/K4", "電子カルテのSSL-VPN（192.0.2.2）"),
        ("point:192.0.2.4/K6", "モバイル回線（LTE/5G）（192.0.2.4）"),
        ("point:@L-06", "医事会計システムの保守（ダイヤルアップ）（@L-06）"),
        ("point:@L-99", "回線 L-99"),
        ("point:192.0.2.77/K3", "拠点間IPsec VPN（192.0.2.77）"),
        ("something\x00else", "something␀else"),
    ],
)
def test_subjects_have_names(subject: str, name: str) -> None:
    assert NAMES.subject(subject) == name


def test_a_nameless_point_is_named_by_its_other_end_or_kind() -> None:
    assert NAMES.point(point("point:@x", ("K1",), counterpart="給食業者")) == "給食業者"
    assert NAMES.point(point("point:@x", ("K1", "K5"))) == "インターネット回線、保守用ルータ・機器"
    assert NAMES.asset(asset("192.0.2.1", "", category="")) == "種別不明の機器"

"""Profiles agree with the checks, with the design's tables and with the official list."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import checks
from scanners.http.page import read_page
from sekisho.assessment.profile import check_policy_uses, parse_checklist, parse_policy
from sekisho.inventory.fingerprints import parse_fingerprints
from sekisho.inventory.lifecycle_data import parse_bundle
from sekisho.inventory.management import parse_management
from sekisho.inventory.needs import parse_legacy
from sekisho.model.fragility import FragilityBy, FragilityRule
from sekisho.model.tiers import Tier
from sekisho.profile_files import SHIPPED_PACES, load_fragility, load_pace, profile_names, read_profile
from sekisho.registry import discover_checks
from sekisho.tiering import CATEGORY_TIER, fold, word_matches

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT.parent / "shared" / "data"
CHECKS = discover_checks(checks)
R7 = read_profile("checklists", "mhlw-hospital-r7.toml")
R7_ITEMS = {
    # 令和7年度版チェックリスト(医療機関確認用): 18 items, 19 answer rows, 2-⑫ asked for servers and for PCs.
    # Ids and whether a network can show anything at all (domain notes A1: T or P = partly here, H = paper only).
    "1-1": ("1-①", "none"),
    "2-1": ("2-①", "partial"),
    "2-2": ("2-②", "partial"),
    "2-3": ("2-③", "none"),
    "2-4": ("2-④", "partial"),
    "2-5": ("2-⑤", "partial"),
    "2-6": ("2-⑥", "partial"),
    "2-7": ("2-⑦", "partial"),
    "2-8": ("2-⑧", "partial"),
    "2-9": ("2-⑨", "partial"),
    "2-10": ("2-⑩", "partial"),
    "2-11": ("2-⑪", "partial"),
    "2-12s": ("2-⑫", "partial"),
    "2-12p": ("2-⑫", "partial"),
    "2-13": ("2-⑬", "partial"),
    "3-1": ("3-①", "none"),
    "3-2": ("3-②", "partial"),
    "3-3": ("3-③", "none"),
    "4-1": ("4-①", "none"),
}
CATEGORIES = set(CATEGORY_TIER) | {"", "unknown", "network_device"}
FINGERPRINT_CATEGORIES = {
    *("network_device", "server", "pc", "printer", "pacs", "medical", "nas", "camera", "phone", "facility", ""),
}
T1_PORTS = (21, 22, 23, 25, 80, 104, 139, 443, 445, 515, 631, 1433, 1521, 2575, 3389, 5900, 8080, 8443, 9100, 11112)
FRAGILE_PORTS = {104, 2575, 2761, 2762, 11112, *range(9100, 9108)}
REMOTE_CONTROL = {"anydesk", "teamviewer", "splashtop", "radmin", "dameware"}
LEGACY = {  # docs/topics.md, service.unneeded
    *("telnet", "ftp", "tftp", "rsh", "rlogin", "rexec", "finger", "echo", "discard", "daytime", "qotd", "chargen"),
    *("systat", "netstat", "vnc", "upnp", "nat-pmp", "pcp", *REMOTE_CONTROL),
}


def documents(folder: str) -> list[tuple[str, dict[str, Any]]]:
    return [(n, read_profile(folder, f"{n}.toml")) for n in profile_names(folder)]


def test_items_equal_the_official_list() -> None:
    assert {i["id"]: (i["number"], i["verifiability"]) for i in R7["item"]} == R7_ITEMS
    assert len(R7["item"]) == 19
    assert len({i["number"] for i in R7["item"]}) == 18


@pytest.mark.parametrize("name", profile_names("checklists"))
def test_checklist_fits_the_checks(name: str) -> None:
    document = read_profile("checklists", f"{name}.toml")
    assert parse_checklist(document, CHECKS, where=name).id == name
    for row in (*document["item"], *document.get("extra", ())):
        for use in row.get("check", ()):
            assert set(use.get("where", {}).get("category", ())) <= CATEGORIES


def test_every_policy_can_be_chosen() -> None:
    lists = [parse_checklist(d, CHECKS, where=n) for n, d in documents("checklists")]
    policies = [parse_policy(d, CHECKS, where=n) for n, d in documents("tls")]
    check_policy_uses(lists, policies)
    assert [p.id for p in policies] == list(profile_names("tls"))


def test_coverage_of_the_checklist(capsys: pytest.CaptureFixture[str]) -> None:
    """Print how much of the list has a check; the number of items with one may only grow."""
    with_check = [i["id"] for i in R7["item"] if i.get("check")]
    levels = {level: sum(i["verifiability"] == level for i in R7["item"]) for level in ("full", "partial", "none")}
    with capsys.disabled():
        sys.stdout.write(f"\n{R7['id']}: {len(with_check)} of {len(R7['item'])} items have a check; {levels}\n")
    assert len(with_check) >= 6


@pytest.mark.parametrize(
    ("name", "unknown", "ceiling", "figures", "budget"),
    [
        # design contract v1, the gate: the table of paces
        ("gentle", "T1", "T2", (10, 10, 5, 2, 1), (100, 500, None)),
        ("standard", "T1", "T3", (50, 25, 10, 10, 1), (100, 2000, 5000)),
        ("lab", "T3", "T3", (50000, 50000, 5000, 5000, 20), (100, None, None)),
    ],
)
def test_pace_equals_the_design(
    name: str, unknown: str, ceiling: str, figures: tuple[int, ...], budget: tuple[int | None, ...]
) -> None:
    pace = load_pace(name)
    assert (pace.name, str(pace.unknown_tier), str(pace.ceiling), pace.budget) == (name, unknown, ceiling, budget)
    assert figures == (
        pace.packets_per_s,
        pace.segment_packets_per_s,
        pace.host_packets_per_s,
        pace.connections_per_s,
        pace.open_per_host,
    )
    assert pace.connect_timeout_s < 1.0
    assert pace.t1_ports == T1_PORTS


def test_paces_ask_the_same_ports_and_no_fragile_ones() -> None:
    paces = [load_pace(n) for n in SHIPPED_PACES]
    (further,) = {p.t2_ports for p in paces}
    assert len(further) == len(set(further))
    assert 60 <= len(further) <= 100
    assert not set(further) & (set(T1_PORTS) | FRAGILE_PORTS)


def test_only_the_faster_paces_list_every_suite() -> None:
    """ADR 0024: in the slow pace the packets of one host would not suffice."""
    assert {name: load_pace(name).tls for name in SHIPPED_PACES} == {
        "gentle": "quick", "standard": "full", "lab": "full",
    }  # fmt: skip


def test_paces_are_labelled_as_ours() -> None:
    assert all(read_profile("pace", f"{n}.toml")["label"].keys() == {"ja", "en"} for n in SHIPPED_PACES)


RULES = load_fragility()


def test_fragility_only_ever_lowers_to_t0_or_t1() -> None:
    assert {r.tier for r in RULES} == {Tier.T0, Tier.T1}
    assert [r for r in RULES if not r.source] == []
    assert len({(r.by, fold(r.match)) for r in RULES}) == len(RULES)


def test_fragile_ports_get_nothing_beyond_a_connect() -> None:
    ports = {int(r.match): r.tier for r in RULES if r.by is FragilityBy.PORT}
    assert ports == dict.fromkeys(FRAGILE_PORTS, Tier.T1)


def test_ouis_are_six_hex_digits() -> None:
    ouis = [r.match for r in RULES if r.by is FragilityBy.OUI]
    assert [o for o in ouis if len(o) != 6 or o != o.lower() or not int(o, 16)] == []


def test_words_in_ascii_are_matched_whole() -> None:
    words = [r for r in RULES if r.by is FragilityBy.WORD and r.match.isascii()]
    assert [r.match for r in words if not r.whole] == []
    assert [r.match for r in RULES if r.unless and r.by is not FragilityBy.WORD] == []


def test_what_one_rule_leaves_out_another_one_still_holds_back() -> None:
    phrases = {p for r in RULES for p in r.unless}
    assert phrases
    assert {p: lowest(p) for p in phrases} == dict.fromkeys(phrases, Tier.T1)


def lowest(text: str) -> Tier | None:
    """Give the tier that word rules leave for a register row's text."""
    words: list[FragilityRule] = [r for r in RULES if r.by is FragilityBy.WORD]
    return min((r.tier for r in words if word_matches(r, fold(text))), default=None)


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("Windows 10 IoT Enterprise LTSC 2021", Tier.T1),
        ("Windows Server IoT 2022", Tier.T1),
        ("CT装置 コンソール Windows 10 IoT Enterprise", Tier.T0),
        ("IoTゲートウェイ Windows 10 IoT", Tier.T0),
        ("医療機器 Windows 11 IoT Enterprise", Tier.T0),
        ("Biotope CMS", None),
        ("人工呼吸器 Servo", Tier.T0),
        ("ﾓﾀﾞﾘﾃｨ(CT)", Tier.T0),
        ("64列CT", Tier.T0),
        ("Ｘ線 テレビ", Tier.T0),
        ("全身用CT装置", Tier.T0),
        ("輸液ポンプ", Tier.T0),
        ("ナースコール親機", Tier.T0),
        ("入退室管理装置", Tier.T0),
        ("IoT ゲートウェイ", Tier.T0),
        ("PACS サーバ", Tier.T1),
        ("複合機", Tier.T1),
        # words inside other words
        ("DIRECTOR 2000", None),
        ("Active Directory サーバ", None),
        ("MRIdian", None),
        ("Biot savart", None),
        ("PACSIM", None),
        # the word may name what the device is for: rules only ever lower, so it counts all the same
        ("CT保守用ルータ", Tier.T0),
        ("検体検査システム サーバ", Tier.T0),
        ("手術室 端末PC", Tier.T0),
        ("PACS 読影端末", Tier.T1),
        ("プリンタサーバ", Tier.T1),
    ],
)
def test_words_of_the_register(text: str, tier: Tier | None) -> None:
    assert lowest(text) == tier


FINGERPRINTS = parse_fingerprints(documents("fingerprints"))


def test_fingerprints_match_their_examples_and_show_what_they_promise() -> None:
    """parse_fingerprints tries every example; here: every group that a pattern has is promised somewhere."""
    silent = [
        f.id
        for f in FINGERPRINTS
        for g, value in (f.pattern.search(f.example) or {}).groupdict().items()  # type: ignore[union-attr]
        if value and (g, value.strip()) not in f.expected
    ]
    assert silent == []
    assert {f.category for f in FINGERPRINTS} <= FINGERPRINT_CATEGORIES
    assert [f.id for f in FINGERPRINTS if not f.source] == []


@pytest.mark.parametrize("role", ["vpn_portal", "router", "lte_router", "firewall", "printer", "nas", "pacs", "switch"])
def test_every_role_that_matters_is_covered(role: str) -> None:
    assert [f for f in FINGERPRINTS if f.role == role]


@pytest.mark.parametrize(
    ("page", "product"),
    [
        ('<html><head><script>top.location="/remote/login";</script></head><body></body></html>', "FortiOS"),
        ('<html><head><meta http-equiv="refresh" content="0; url=/cgi-bin/welcome"></head></html>', "SMA"),
        ("<script>document.location.replace('/+CSCOE+/logon.html')</script>", "ASA"),
        ('<form method="post" action="/dana-na/auth/url_default/login.cgi">', "Connect Secure"),
    ],
    ids=["fortinet", "sonicwall", "cisco", "ivanti"],
)
def test_a_portal_is_known_by_the_paths_its_page_names(page: str, product: str) -> None:
    references = read_page(page).references
    hits = [f for f in FINGERPRINTS if f.field == "http.references" and f.read(references)]
    assert [(f.kinds, product in f.product) for f in hits] == [(("K4",), True)]


def test_a_link_to_somebody_elses_portal_shows_nothing() -> None:
    references = read_page('<a href="https://vpn.example.jp/remote/login">VPN</a>').references
    assert [f.id for f in FINGERPRINTS if f.field == "http.references" and f.read(references)] == []


def test_portals_and_cellular_routers_hint_at_their_kind() -> None:
    kinds = {"vpn_portal": ("K4",), "lte_router": ("K6",)}
    assert [f.id for f in FINGERPRINTS if f.role in kinds and f.kinds != kinds[f.role]] == []


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("http.title", "電子カルテ ログイン"),
        ("http.title", "院内ポータル"),
        ("http.title", "Login"),
        ("http.title", "Web受付システム 利用者ログイン"),
        ("http.title", "Directory listing"),
        ("http.realm", "Restricted"),
        ("http.text", "ようこそ。ユーザIDとパスワードを入力してください。"),
        ("http.text", "連携先とのルーティングについては情報課へ"),
        ("greeting", "220 ftp.example.jp FTP server ready."),
        ("certificate.subject", "CN=ehr.example.jp,O=Example Hospital,C=JP"),
        ("snmp.object_id", "1.3.6.1.4.1.99999"),
    ],
)
def test_plain_texts_are_recognised_as_nothing(field: str, text: str) -> None:
    assert [f.id for f in FINGERPRINTS if f.field == field and f.read(text)] == []


@pytest.mark.parametrize(
    ("field", "text", "role"),
    [
        ("http.title", "RTX830管理画面", "router"),
        ("http.title", "4Gルーター設定", "lte_router"),
        ("http.title", "MR05LN設定ツール", "lte_router"),
        ("http.title", "院外用SSL-VPNログイン", "vpn_portal"),
        ("http.realm", "Broadband Router", "router"),
        ("greeting", "RTX1210 BootROM Ver. 1.01\r\nRTX1210 Rev.14.01.34 (Fri Jul 5 11:17:21 2019)", "router"),
    ],
)
def test_japanese_letters_do_not_hide_a_name(field: str, text: str, role: str) -> None:
    assert role in {f.role for f in FINGERPRINTS if f.field == field and f.read(text)}


def test_legacy_services_equal_the_topics_page() -> None:
    rows = read_profile("services", "legacy.toml")["service"]
    assert sorted(r["protocol"] for r in rows) == sorted(LEGACY)
    assert [r["protocol"] for r in rows if not (r["why"]["ja"] and r["why"]["en"] and r["source"])] == []
    assert parse_legacy(read_profile("services", "legacy.toml")).keys() >= LEGACY


def test_management_services_equal_the_topics_page() -> None:
    rules = parse_management(read_profile("services", "management.toml"))
    assert set(rules.encrypted) == {"ssh", "telnet", "snmp", "rdp", "vnc", "winbox", "ipmi"} | REMOTE_CONTROL
    agents = {f"tcp/{port}" for port in (4899, 5938, 6129, 6568, 6783, 7070)}
    assert {"tcp/22", "tcp/23", "udp/161", "tcp/3389", "tcp/5900", "tcp/8291"} | agents == rules.ports
    assert "vpn_portal" in rules.never_roles
    assert not {"server", "pc"} & rules.on


PRODUCTS, EOL, KEV = (read_profile("lifecycle", f"{n}.toml") for n in ("products", "eol", "kev"))


def test_lifecycle_rows_name_known_products() -> None:
    bundle = parse_bundle(PRODUCTS, EOL, KEV)
    assert dict(bundle.dates).keys() == {"eol", "kev"}
    ids = {p["id"]: p for p in PRODUCTS["product"]}
    assert {r["product"] for r in EOL["cycle"]} == {i for i, p in ids.items() if p["cycles"]}
    assert {r["product"] for r in KEV["kev"]} == {i for i, p in ids.items() if p["exploited"]}
    assert EOL["licence"].startswith("MIT")
    assert KEV["licence"].startswith("CC0")


def test_lifecycle_knows_products_under_the_names_of_fingerprints() -> None:
    bundle = parse_bundle(PRODUCTS, EOL, KEV)
    told = {tuple(r[:2]) for f in FINGERPRINTS if (r := f.read(f.example)) and r[1]}
    found = {p.id for vendor, product in told if (p := bundle.find(vendor, product))}
    assert {p["id"] for p in PRODUCTS["product"]} == found


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the sources of the bundle are not beside the repository")
def test_lifecycle_is_made_from_its_sources() -> None:
    command = [sys.executable, str(ROOT / "tools" / "make_lifecycle.py"), "--data", str(SOURCES), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

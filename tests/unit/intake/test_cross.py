from pathlib import Path

import pytest

from sekisho.intake.config.problems import place_of
from tests.engagement_folder import make_folder
from tests.unit.intake.folders import MINIMAL, load, problems, write

SCOPE = 'include = ["192.0.2.0/24"]'


def with_scope(text: str) -> str:
    return MINIMAL.replace(SCOPE, text)


@pytest.mark.parametrize(
    ("config", "place", "word"),
    [
        (with_scope(SCOPE + '\nexclude = ["192.0.2.0/24"]'), "scope.exclude#1", "same address"),
        (with_scope(SCOPE + '\nexclude = ["192.0.0.0/16"]'), "scope.exclude#1", "nothing of it is left"),
        (
            with_scope('include = ["2001:db8::/64"]\nexclude = ["2001:db8::/32"]'),
            "scope.exclude#1",
            "nothing of it is left",
        ),
        (with_scope(SCOPE + '\n[[scope.tier]]\ntier = "T0"'), "scope.tier#1", "at least one"),
        (
            with_scope(SCOPE + '\n[[scope.tier]]\ntier = "T2"\nmacs = ["020000000001"]\nreason = " "'),
            "scope.tier#1.reason",
            "T2",
        ),
        (MINIMAL + '[[vantage]]\nname = " management"\nrole = "vendor"', "vantage#2.name", "unique"),
        (
            MINIMAL + '[[access]]\nto = ["192.0.2.1"]\nports = ["tcp/22"]\nfrom = ["vantage:x"]',
            "access#1.from#1",
            "management",
        ),
        (MINIMAL + '[stop]\nwatch = ["tcp/198.51.100.1:443"]', "stop.watch#1", "scope.include"),
        (
            with_scope(SCOPE + '\nexclude = ["192.0.2.20"]') + '[stop]\nwatch = ["tcp/192.0.2.20:443"]',
            "stop.watch#1",
            "not be",
        ),
        (
            with_scope(SCOPE + "\nexclude_ports = [443]") + '[stop]\nwatch = ["tcp/192.0.2.20:443"]',
            "stop.watch#1",
            "port",
        ),
        (MINIMAL + '[pace]\nprofile = "gentl"', "pace.profile", "gentle"),
        (MINIMAL + '[pace]\nprofile = "pace/own.toml"', "pace.profile", "no such file"),
        (
            MINIMAL + '[assess]\nchecklists = ["mhlw-hospital-r7", "mhlw-hospital-r8"]',
            "assess.checklists#2",
            "mhlw-hospital-r7",
        ),
        (MINIMAL + '[assess]\ntls_policy = "cryptrec-3.0.1-hihg"', "assess.tls_policy", "cryptrec-3.0.1-high"),
        (MINIMAL + '[assess]\nroot_store = "documents/roots.pem"', "assess.root_store", "no such file"),
        (MINIMAL + '[assess]\nroot_store = "../roots.pem"', "assess.root_store", "documents/"),
        (MINIMAL + '[assess]\nroot_store = "documents/consent.pdf"', "assess.root_store", "PEM"),
        (MINIMAL.replace("2026-12-28", "2026-10-31"), "consent#1.valid_until", "2026-11-01"),
        (MINIMAL.replace("documents/consent.pdf", "documents/none.pdf"), "consent#1.document", "no such"),
        (MINIMAL.replace("documents/consent.pdf", "/etc/passwd"), "consent#1.document", "documents/"),
        (MINIMAL.replace("documents/consent.pdf", "../consent.pdf"), "consent#1.document", "documents/"),
        (MINIMAL.replace("documents/consent.pdf", "documents/empty.pdf"), "consent#1.document", "empty"),
        (
            MINIMAL.replace('kind = "hospital"', 'kind = ["hospital"]'),
            "facility.kind",
            "one of: hospital clinic pharmacy",
        ),
        (MINIMAL + "[stop]\nconsecutive_timeouts = 0", "stop.consecutive_timeouts", "at least 1"),
        (MINIMAL + '[stop]\nconsecutive_timeouts = "5"', "stop.consecutive_timeouts", "whole number"),
        (MINIMAL + "[stop]\nlatency_factor = 1", "stop.latency_factor", "more than 1"),
        (MINIMAL + "[stop]\nlatency_factor = nan", "stop.latency_factor", "a number"),
        (MINIMAL + '[stop]\nwatch = "tcp/192.0.2.20:443"', "stop.watch", "a list"),
        (MINIMAL + "[pace]\nprofil = 1", "pace.profil", '"profile"'),
        (MINIMAL.replace("schema = 1", "schema = true"), "schema", "schema = 1 only"),
        (MINIMAL + "[zzz]\na = 1", "zzz", "known here: schema facility consent scope"),
        (MINIMAL + "snmp = 3", "vantage#1.snmp", "unknown key"),
        ("snmp = 3\n" + MINIMAL, "snmp", "a list"),
        ('facility = "x"\n' + MINIMAL.replace("[facility]", "[other]"), "facility", "a table"),
        (MINIMAL.replace("[[vantage]]", "[vantage]"), "vantage", "double brackets"),
    ],
)
def test_one_error_is_told_at_its_place(tmp_path: Path, config: str, place: str, word: str) -> None:
    folder = make_folder(tmp_path, config)
    write(folder, "documents/empty.pdf", b"")
    found = {p.place: p.expected for p in problems(folder, "en")}
    assert word in found[place]


WATCHED = '[stop]\nwatch = ["tcp/192.0.2.20:443"]\n'
SERVER = "管理番号,種別,IPアドレス\nD1,サーバ,192.0.2.20\n"
VENTILATOR = "D2,人工呼吸器,192.0.2.20、192.0.2.21\n"


@pytest.mark.parametrize(
    ("config", "devices", "tier"),
    [
        (MINIMAL + WATCHED, SERVER, ""),
        (MINIMAL + WATCHED, SERVER + VENTILATOR, "T0"),
        (MINIMAL + WATCHED, SERVER.replace("サーバ", "プリンタ"), "T1"),
        (MINIMAL + WATCHED, "", "T1"),
        (MINIMAL.replace('max_tier = "T3"', 'max_tier = "T1"') + WATCHED, SERVER, "T1"),
        (
            with_scope(SCOPE + '\n[[scope.tier]]\ntier = "T0"\naddresses = ["192.0.2.20"]') + WATCHED,
            SERVER,
            "T0",
        ),
    ],
)
def test_a_watched_service_needs_a_device_of_t2(tmp_path: Path, config: str, devices: str, tier: str) -> None:
    folder = make_folder(tmp_path, config)
    if devices:
        write(folder, "documents/devices.csv", devices)
    found = {p.place: p.expected for p in problems(folder, "en")}
    assert list(found) == (["stop.watch#1"] if tier else [])
    assert f"at most {tier}" in found.get("stop.watch#1", "at most ")


def test_an_exclude_beside_every_include_is_told(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, with_scope(SCOPE + '\nexclude = ["198.51.100.1", "192.0.2.50"]'))
    assert [n.value for n in load(folder).notices if n.file == "engagement.toml"] == ["198.51.100.1/32"]


def test_pace_of_the_engagement_itself(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, MINIMAL + '[pace]\nprofile = "pace/own.toml"')
    write(folder, "pace/own.toml", "x = 1")
    assert load(folder).engagement.pace == "pace/own.toml"


def test_everything_that_may_be_written(tmp_path: Path) -> None:
    key = "SHA256:" + "A" * 43
    tier = '[[scope.tier]]\naddresses = ["2001:db8::1"]\ncategories = ["network"]\ntier = "T3"\nreason = "立会い"'
    config = with_scope(f'{SCOPE}\negress_reference = ["203.0.113.10"]\nexclude_ports = [9100]\n{tier}')
    config += f"""via = "ssh://surveyor@192.0.2.9"
source = "192.0.2.8"
secret = "vault:jump"
host_key = "{key}"
[[access]]
to = ["192.0.2.1"]
ports = ["tcp/22"]
from = ["192.0.2.10/32", "vantage:management"]
[stop]
watch = ["tcp/[2001:db8::1]:443"]
[names]
"192.0.2.20:443" = ["ehr.example.jp", "EHR.example.jp"]
"[2001:db8::20]:443" = ["ehr.example.jp"]
[[snmp]]
addresses = ["192.0.2.0/28"]
secret = "env:SNMP_RO"
[[device_login]]
address = "192.0.2.1"
platform = "yamaha"
host_key = "{key}"
secret = "vault:rtx-main"
"""
    engagement = load(
        make_folder(tmp_path, config.replace(SCOPE, 'include = ["192.0.2.0/24", "2001:db8::/64"]'))
    ).engagement
    (access,) = engagement.access
    assert ([str(s) for s in access.sources], access.vantages) == (["192.0.2.10/32"], ("management",))
    assert engagement.names == {"192.0.2.20:443": ("ehr.example.jp",), "2001:db8::20:443": ("ehr.example.jp",)}
    assert (str(engagement.stop.watch[0].address), engagement.snmp[0].secret) == ("2001:db8::1", "env:SNMP_RO")
    assert (engagement.logins[0].platform, engagement.scope.tiers[0].reason) == ("yamaha", "立会い")
    assert engagement.vantages[0].host_key == key


def test_places_are_counted_as_people_count() -> None:
    assert place_of(("consent", 0, "hours", 1)) == "consent#1.hours#2"

"""`lab up` to `lab down` as root and as somebody without rights, in real namespaces."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.drivers.process import describe
from tests.unit.lab.conftest import FIXTURES
from tests.unit.lab.drivers.lab_calls import Caller

pytestmark = pytest.mark.lab
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env")
NO_ROUTE = "113"  # EHOSTUNREACH
PYTHONS = (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")


def find_caller(name: str) -> Caller:
    """Give a caller with these rights, or skip with the reason."""
    prefixes = {"root": (), "nobody": NOBODY, "self": ()}
    if name in {"root", "nobody"} and os.geteuid() != 0:
        pytest.skip("only root can act as root, or become nobody")
    if name == "self" and os.geteuid() == 0:
        pytest.skip("we are root: nobody stands for ordinary users")
    for python in PYTHONS:
        caller = Caller(prefixes[name], python)
        with contextlib.suppress(FileNotFoundError):
            if caller.run(python, "-c", "import lab.cli").returncode == 0:
                return caller
    pytest.skip(f"{name} can run no Python that has the lab's libraries (or {prefixes[name][:1]} is missing)")


@pytest.fixture(params=["root", "nobody", "self"])
def caller(request: pytest.FixtureRequest) -> Caller:
    """Everybody who may use the lab."""
    return find_caller(request.param)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that anybody may write to, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="labtest-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def runtime(place: Path, caller: Caller) -> dict[str, str]:
    """A runtime folder of the caller's own."""
    folder = place / "runtime"
    assert caller.run("mkdir", "-m", "700", str(folder)).returncode == 0
    return {"XDG_RUNTIME_DIR": str(folder)}


@pytest.fixture
def scenario(place: Path) -> Path:
    """The scenario, where anybody can read it."""
    shutil.copytree(FIXTURES / "corner", place / "corner")
    return place / "corner"


@contextlib.contextmanager
def running(caller: Caller, scenario: Path, work: Path, runtime: dict[str, str]) -> Iterator[int]:
    """Bring a lab up for a while; gives its process."""
    told = caller.lab("up", str(scenario), "--dir", str(work), "--json", **runtime)
    if "namespaces" in told.stderr and told.returncode == 2:
        pytest.skip(told.stderr)
    assert told.returncode == 0, told.stderr
    try:
        yield int(caller.lab_json("status", str(work), **runtime)["pid"])
    finally:
        caller.lab("down", str(work), **runtime)


def leftovers(netns: str, runtime: dict[str, str]) -> list[Path]:
    """List what a lab should have removed."""
    places = (Path("/run/netns") / netns, Path(runtime["XDG_RUNTIME_DIR"]) / "sekisho" / "netns" / netns)
    return [path for path in places if path.exists() or path.is_symlink()]


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended; whether its parent has taken note is not our matter."""
    try:
        describe(pid)
    except ProcessLookupError:
        return True
    return False


def test_hosts_answer_as_the_scenario_says(
    caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]
) -> None:
    with running(caller, scenario, place / "work", runtime) as pid:
        answers = caller.ask(
            pid,
            ("192.0.2.100", "192.0.2.1", 443),  # in sources
            ("2001:db8:1::100", "2001:db8:1::1", 443),  # in sources
            ("198.51.100.9", "192.0.2.1", 443),  # not in sources
            ("198.51.100.9", "198.51.100.1", 23),  # for everybody
            ("192.0.2.100", "192.0.2.1", 80),  # no such port
            ("192.0.2.100", "192.0.2.20", 9100),  # a silent host
            ("192.0.2.100", "192.0.2.77", 80),  # nobody's address
            ("2001:db8:1::100", "2001:db8:1::77", 80),  # nobody's address
            ("192.0.2.100", "203.0.113.1", 80),  # no segment
            ("2001:db8:1::100", "2001:db8:2::1", 80),  # no segment
        )
    expected = ["open", "open", "timeout", "open", "refused", "timeout", "timeout", "timeout", NO_ROUTE, NO_ROUTE]
    assert answers == expected


def test_the_survey_finds_the_way_in(caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]) -> None:
    work = place / "work"
    with running(caller, scenario, work, runtime) as pid:
        status = caller.lab_json("status", str(work), **runtime)
        vantage = tomllib.loads((work / "engagement/engagement.toml").read_text(encoding="utf-8"))["vantage"][0]
        name = status["netns"]
        assert vantage["via"] == f"netns:{name}"
        named = Path("/run/netns") / name
        links = Path(runtime["XDG_RUNTIME_DIR"]) / "sekisho" / "netns" / name
        if named.exists():
            assert os.path.ismount(named)
        else:
            assert (links / "net").readlink() == Path(f"/proc/{pid}/ns/net")
            assert (links / "user").readlink() == Path(f"/proc/{pid}/ns/user")
    assert leftovers(name, runtime) == []


def test_down_ends_only_the_lab_and_may_be_called_again(
    caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]
) -> None:
    with running(caller, scenario, place / "other", runtime) as other:
        with running(caller, scenario, place / "work", runtime) as pid:
            assert caller.lab_json("down", str(place / "work"), **runtime)["was_running"] is True
            assert caller.lab_json("down", str(place / "work"), **runtime)["was_running"] is False
            assert is_gone(pid)
        assert caller.ask(other, ("192.0.2.100", "192.0.2.1", 443)) == ["open"]


def test_an_ended_lab_comes_up_again_in_its_folder(
    caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]
) -> None:
    work = place / "work"
    with running(caller, scenario, work, runtime):
        engagement = (work / "engagement/engagement.toml").read_bytes()
        assert caller.run("touch", str(work / "engagement/survey.db")).returncode == 0
        told = caller.lab("up", str(scenario), "--dir", str(work), "--lang", "en", **runtime)
        assert told.returncode == 2
        assert "runs already" in told.stderr
    changed = (scenario / "scenario.toml").read_text(encoding="utf-8").replace("port = 23\n", "port = 2323\n")
    (scenario / "scenario.toml").write_text(changed, encoding="utf-8")
    with running(caller, scenario, work, runtime) as pid:
        assert caller.ask(pid, ("198.51.100.9", "198.51.100.1", 2323)) == ["open"]
        # What was surveyed stays, and the vantages still lead into the lab.
        assert (work / "engagement/survey.db").exists()
        assert (work / "engagement/engagement.toml").read_bytes() == engagement


def test_a_lab_that_crashed_comes_up_again(
    caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]
) -> None:
    work = place / "work"
    with running(caller, scenario, work, runtime) as pid:
        descriptor = os.pidfd_open(pid)
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        _await_end(descriptor)
        os.close(descriptor)
        with running(caller, scenario, work, runtime) as again:
            assert caller.ask(again, ("198.51.100.9", "198.51.100.1", 23)) == ["open"]


def test_a_folder_of_another_lab_or_of_something_else_is_refused(
    caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]
) -> None:
    work = place / "work"
    with running(caller, scenario, work, runtime):
        pass
    renamed = (scenario / "scenario.toml").read_text(encoding="utf-8").replace('id = "corner"', 'id = "other"')
    (scenario / "scenario.toml").write_text(renamed, encoding="utf-8")
    for folder in (work, scenario.parent):
        told = caller.lab("up", str(scenario), "--dir", str(folder), "--lang", "en", **runtime)
        assert told.returncode == 2
        assert "not empty" in told.stderr


def test_named_namespaces_leave_one_mount_however_often_they_are_made(scenario: Path, place: Path) -> None:
    root = find_caller("root")
    for number in range(2):
        with running(root, scenario, place / f"work{number}", {"XDG_RUNTIME_DIR": str(place)}):
            pass
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    assert [line.split()[4] for line in mounts].count("/run/netns") == 1


def test_down_cleans_up_after_a_crash(caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]) -> None:
    with running(caller, scenario, place / "work", runtime) as pid:
        status = caller.lab_json("status", str(place / "work"), **runtime)
        descriptor = os.pidfd_open(pid)
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        _await_end(descriptor)
        os.close(descriptor)
        assert caller.lab_json("status", str(place / "work"), **runtime)["running"] is False
        assert caller.lab_json("down", str(place / "work"), **runtime)["was_running"] is False
    assert leftovers(status["netns"], runtime) == []


def _await_end(descriptor: int) -> None:
    """Wait for the end of a process, whosever child it is."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll()


def test_a_port_that_cannot_be_served_is_told_and_nothing_stays(
    caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]
) -> None:
    file = scenario / "scenario.toml"
    # The same address twice under one host: the second bind fails in the kernel.
    content = (
        file.read_text(encoding="utf-8")
        .replace('ipv4 = "198.51.100.1" }', 'ipv4 = "192.0.2.1" }')
        .replace('{ segment = "vendor", ipv4 = "192.0.2.1" }', '{ segment = "lan", ipv4 = "192.0.2.1" }')
    )
    file.write_text(content, encoding="utf-8")
    told = caller.lab("up", str(scenario), "--dir", str(place / "work"), "--lang", "en", **runtime)
    assert told.returncode == 2
    assert "maint-router 192.0.2.1 tcp/443 (https)" in told.stderr
    assert not (place / "work" / ".lab" / "daemon.json").exists()


def test_a_host_vanishes_in_time(caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]) -> None:
    file = scenario / "scenario.toml"
    content = file.read_text(encoding="utf-8").replace('state = "silent"', "state = { vanishes_after_s = 1 }")
    file.write_text(content, encoding="utf-8")
    with running(caller, scenario, place / "work", runtime) as pid:
        answers = []
        while "timeout" not in answers:  # each question that is lost waits, so this doesn't spin
            answers += caller.ask(pid, ("192.0.2.100", "192.0.2.20", 9100))
        assert set(answers) <= {"open", "timeout"}


def test_captures_hold_the_packets(caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]) -> None:
    work, file = place / "work", place / "seen.pcap"
    with running(caller, scenario, work, runtime) as pid:
        started = caller.lab("capture", str(work), "--background", "--out", str(file), **runtime)
        assert started.returncode == 0, started.stderr
        caller.ask(pid, ("192.0.2.100", "192.0.2.1", 23), ("192.0.2.100", "192.0.2.77", 80))
        stopped = caller.lab("capture", str(work), "--stop", **runtime)
        assert stopped.returncode == 0, stopped.stderr
        assert caller.lab("capture", str(work), "--stop", **runtime).returncode == 2
        short = caller.lab("capture", str(work), "--seconds", "0.01", "--out", str(place / "b.pcap"), **runtime)
        assert short.returncode == 0, short.stderr
    content = file.read_bytes()
    router, nobody = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 77])
    assert content.count(b"\x45", 24) > 0
    assert router in content
    assert nobody in content


def test_down_ends_captures_too(caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]) -> None:
    work = place / "work"
    with running(caller, scenario, work, runtime):
        caller.lab("capture", str(work), "--background", "--out", str(place / "seen.pcap"), **runtime)
        assert caller.lab_json("down", str(work), **runtime)["captures_ended"] == 1
    assert caller.lab("capture", str(work), "--seconds", "1", **runtime).returncode == 2


def test_rejecting_services_refuse(caller: Caller, scenario: Path, place: Path, runtime: dict[str, str]) -> None:
    file = scenario / "scenario.toml"
    content = file.read_text(encoding="utf-8").replace(
        "port = 23\n", 'port = 23\nsources = ["192.0.2.0/25"]\nreject = true\n'
    )
    file.write_text(content, encoding="utf-8")
    if shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin:/bin") is None:
        pytest.skip("nft isn't there")
    with running(caller, scenario, place / "work", runtime) as pid:
        answers = caller.ask(pid, ("192.0.2.100", "192.0.2.1", 23), ("198.51.100.9", "198.51.100.1", 23))
    assert answers == ["open", "refused"]


def test_the_forbidding_setting_is_named(scenario: Path, place: Path) -> None:
    # Inside a user namespace the limit can be set for whoever is inside, and for nobody else.
    box = Caller(("unshare", "--user", "--map-root-user", "--net"), sys.executable)
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -P -m lab.cli up "$@" --lang en'
    if box.run("true").returncode != 0:
        pytest.skip("no user namespaces here")
    told = box.run("sh", "-c", forbid, sys.executable, str(scenario), "--dir", str(place / "work"))
    assert told.returncode == 2
    assert "user.max_user_namespaces = 0" in told.stderr

"""Segments, routers, filters and states, as a vantage meets them on the wire; and that nothing of it stays."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import time
from pathlib import Path

import pytest

from lab.drivers.container.docker import containers_of, docker, process_ids
from tests.integration.command import sekisho
from tests.integration.containers.conftest import SCENARIOS, Spot, Up, brought_up

pytestmark = pytest.mark.containers


@pytest.fixture
def management(two_segments: Up) -> Spot:
    return two_segments.spot("management")


@pytest.fixture
def vendor(two_segments: Up) -> Spot:
    return two_segments.spot("vendor")


def test_hosts_answer_arp_with_the_scenarios_mac_addresses(management: Spot, vendor: Spot) -> None:
    asked = ("192.0.2.1", "192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.77")
    expected = ["02:00:00:00:02:01", "02:00:00:00:02:10", "02:00:00:00:02:11", None, None]
    assert [management.arp(address) for address in asked] == expected
    assert vendor.arp("198.51.100.1") == "02:00:00:00:02:f1"
    assert vendor.arp("192.0.2.10") is None  # another segment


def test_neighbours_are_found_over_ipv6(management: Spot) -> None:
    assert management.outcome("2001:db8:1::10", 80) == "open"
    shown = subprocess.run(
        ["ip", "-netns", management.namespace, "-6", "neigh", "show", "2001:db8:1::10"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "02:00:00:00:02:10" in shown


@pytest.mark.parametrize("port", [80, 81])
def test_services_of_ours_and_real_ones_answer_through_the_router(management: Spot, vendor: Spot, port: int) -> None:
    for spot, address in ((management, "192.0.2.10"), (vendor, "192.0.2.10"), (vendor, "2001:db8:1::10")):
        page = spot.ask(address, port, b"GET / HTTP/1.0\r\n\r\n")
        assert (b"ours" if port == 80 else b"Server: nginx/1.") in page


def test_a_route_of_the_scenario_leads_on(management: Spot) -> None:
    assert management.outcome("203.0.113.10", 80) == "open"


def test_closed_ports_refuse_and_the_states_of_hosts_hold(management: Spot) -> None:
    assert management.outcome("192.0.2.10", 443) == "refused"
    assert management.outcome("192.0.2.11", 80) == "timeout"  # silent
    assert management.outcome("2001:db8:1::11", 80) == "timeout"
    with pytest.raises(OSError, match=r"No route to host|timed out"):
        management.connect("192.0.2.12", 80)  # down: nobody answers ARP


def test_a_host_vanishes(management: Spot) -> None:
    limit = time.monotonic() + 10
    while management.arp("192.0.2.13") is not None:
        assert time.monotonic() < limit


def test_sources_and_the_routers_own_filter(management: Spot, vendor: Spot) -> None:
    seen = {port: (management.outcome("192.0.2.10", port), vendor.outcome("192.0.2.10", port)) for port in
            (8080, 23, 82, 83)}  # fmt: skip
    assert seen == {
        8080: ("open", "timeout"),  # dropped by the router
        23: ("open", "timeout"),  # ours, sources
        82: ("open", "timeout"),  # nginx, sources
        83: ("refused", "open"),  # nginx, reject
    }
    assert vendor.outcome("2001:db8:1::10", 82) == "timeout"


def test_nothing_leads_out_of_the_lab(two_segments: Up) -> None:
    links = subprocess.run(
        ["ip", "-netns", two_segments.name, "-o", "link"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names = {line.split()[1].split("@")[0].rstrip(":") for line in links}
    assert {re.sub(r"[0-9p]+$", "", name) for name in names} == {"lo", "seg"}
    routes = ["ip", "-netns", two_segments.name, "route"]
    assert subprocess.run(routes, capture_output=True, text=True, check=True).stdout == ""


def test_a_capture_holds_each_frame_once_with_its_addresses(two_segments: Up, tmp_path: Path, vendor: Spot) -> None:
    file = tmp_path / "capture.pcap"
    assert sekisho("lab", "capture", two_segments.work, "--background", "--out", file).code == 0
    with vendor.connect("192.0.2.10", 80) as stream:
        source = struct.pack("!H", stream.getsockname()[1])
    assert sekisho("lab", "capture", two_segments.work, "--stop").code == 0
    syns = [frame for frame in frames_of(file) if frame[34:38] == source + b"\0\x50" and frame[47] == 0x02]
    # Once on each segment: the router is a router.
    assert [frame[:6].hex(":") for frame in syns] == ["02:00:00:00:02:f1", "02:00:00:00:02:10"]
    assert syns[1][6:12].hex(":") == "02:00:00:00:02:01"


def test_a_capture_of_one_segment_holds_no_other(two_segments: Up, tmp_path: Path, vendor: Spot) -> None:
    file = tmp_path / "far.pcap"
    begun = sekisho("lab", "capture", two_segments.work, "--background", "--segment", "far", "--out", file)
    assert begun.code == 0, begun.err
    assert vendor.outcome("192.0.2.10", 80) == vendor.outcome("203.0.113.10", 80) == "open"
    assert sekisho("lab", "capture", two_segments.work, "--stop").code == 0
    pairs = {frame[26:34] for frame in frames_of(file) if frame[12:14] == b"\x08\0"}
    asking = bytes([198, 51, 100, 9])
    assert asking + bytes([203, 0, 113, 10]) in pairs
    # By pairs: the scenario's own traffic from the far segment is answered by the same host at any time.
    assert asking + bytes([192, 0, 2, 10]) not in pairs
    refused = sekisho("lab", "capture", two_segments.work, "--segment", "nowhere")
    assert refused.code == 2
    assert "nowhere" in refused.err


def test_traffic_flows_while_the_lab_is_up(management: Spot, two_segments: Up, tmp_path: Path) -> None:
    file = tmp_path / "capture.pcap"
    assert sekisho("lab", "capture", two_segments.work, "--seconds", "6", "--out", file).code == 0
    frames = [frame for frame in frames_of(file) if frame[12:14] == b"\x08\0"]
    partner = bytes([203, 0, 113, 10])
    payloads = [len(f) - 42 for f in frames if f[26:30] == partner and f[36:38] == struct.pack("!H", 5000)]
    assert sorted(set(payloads)) == [600, 1200]
    assert sum(payloads) % 9000 == 0  # 3,000 bytes, seen on each of three segments
    assert any(f[26:30] == partner and f[36:38] == struct.pack("!H", 4433) for f in frames)


def frames_of(file: Path) -> list[bytes]:
    raw, place, frames = file.read_bytes(), 24, []
    while place < len(raw):
        length = struct.unpack_from("=I", raw, place + 8)[0]
        frames.append(raw[place + 16 : place + 16 + length])
        place += 16 + length
    return frames


def leftovers(name: str) -> list[str]:
    return containers_of(name) + [path.name for path in Path("/run/netns").glob(f"{name}*")]


def test_down_leaves_nothing_and_other_labs_alone(two_segments: Up, tmp_path: Path) -> None:
    with brought_up(SCENARIOS / "two-segments", tmp_path / "work") as second:
        assert leftovers(second.name)
    assert leftovers(second.name) == []
    assert two_segments.spot("management").outcome("192.0.2.10", 80) == "open"


def test_down_cleans_up_after_a_crash(tmp_path: Path) -> None:
    with brought_up(SCENARIOS / "two-segments", tmp_path / "work") as up:
        pid = sekisho("lab", "status", up.work, "--json").json()["pid"]
        descriptor = os.pidfd_open(pid)
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll()
        os.close(descriptor)
        assert leftovers(up.name)
        assert sekisho("lab", "down", up.work, "--json").json()["was_running"] is False
        assert leftovers(up.name) == []


def test_an_ended_lab_comes_up_again_in_its_folder(tmp_path: Path) -> None:
    for _ in range(2):
        with brought_up(SCENARIOS / "two-segments", tmp_path / "work") as up:
            assert up.spot("vendor").outcome("192.0.2.10", 81) == "open"
    assert leftovers(up.name) == []


def test_a_killed_host_is_gone_with_the_services_of_ours(tmp_path: Path) -> None:
    with brought_up(SCENARIOS / "two-segments", tmp_path / "work") as up:
        spot = up.spot("management")
        assert spot.outcome("192.0.2.10", 80) == "open"
        assert process_ids([f"{up.name}-web"])
        docker("kill", f"{up.name}-web")
        limit = time.monotonic() + 10
        while spot.arp("192.0.2.10") is not None:
            assert time.monotonic() < limit

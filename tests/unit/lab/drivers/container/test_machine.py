"""Where packages come from is found out on the machine, and nothing of it is kept in an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.drivers.container import images, machine
from lab.drivers.container.images import image_name, packages

DEB822 = """Types: deb
# http://snapshot.example.net/archive
URIs: http://mirror.example.net/debian/
Suites: bookworm bookworm-updates
"""
SECURITY = "Types: deb\nURIs: http://security.example.net/debian-security\nSuites: bookworm-security\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("sources.list.d/debian.sources", DEB822, "http://mirror.example.net/debian"),
        ("sources.list.d/debian.sources", SECURITY + "\n" + DEB822, "http://mirror.example.net/debian"),
        (
            "sources.list",
            "deb [arch=amd64] https://mirror.example.net/d bookworm main\n",
            "https://mirror.example.net/d",
        ),
        ("sources.list", "# deb http://mirror.example.net/d bookworm main\n", None),
        ("sources.list", "deb http://mirror.example.net/d trixie main\n", None),
    ],
)
def test_the_mirror_is_the_machines_own(name: str, content: str, expected: str | None, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(content, encoding="utf-8")
    assert machine.mirror_of(tmp_path) == expected


@pytest.mark.parametrize(("codename", "expected"), [("bookworm", True), ("trixie", False)])
def test_the_release_is_read_from_os_release(codename: str, expected: bool, tmp_path: Path) -> None:
    file = tmp_path / "os-release"
    file.write_text(f"ID=debian\nVERSION_CODENAME={codename}\n", encoding="utf-8")
    assert machine.is_same_release(file) is expected
    assert machine.is_same_release(tmp_path / "missing") is False


def test_another_release_does_not_lend_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "is_same_release", lambda: False)
    settings = machine.own_settings()
    assert settings.mirror == machine.PUBLIC_MIRROR
    assert machine.APT not in settings.mounts


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
def test_proxies_are_lent_however_they_are_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, "http://198.51.100.3:3128")
    assert machine.own_settings().environment["http_proxy"] == "http://198.51.100.3:3128"


def test_the_image_is_named_after_its_packages_and_its_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"nginx-light", "openssh-server", "samba"} <= set(packages())
    first = image_name(["a", "b"])
    assert image_name(["a", "b"]) == first
    assert image_name(["a", "c"]) != first
    monkeypatch.setattr(images, "INSTALL", images.INSTALL + "\ntrue\n")
    assert image_name(["a", "b"]) != first

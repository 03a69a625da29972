"""What docs/operations/lab.md tells a reader to write is right: its device kind and its scenario work."""

from __future__ import annotations

import importlib.util
import re
from datetime import date
from pathlib import Path, PurePosixPath

from lab.devices.authority import Authority
from lab.devices.kind import Kind, Place, Program
from lab.scenario.load import load_scenario
from tools import lab_test

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "operations" / "lab.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Give the page's only block in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_device_kind_of_the_page_can_be_used(tmp_path: Path, authority: Authority) -> None:
    file = tmp_path / "tftpd.py"
    file.write_text(block("python"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("tftpd_of_the_page", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kind = module.KIND
    assert isinstance(kind, Kind)
    assert kind.software is not None
    inside = PurePosixPath("/lab/0-tftpd")
    place = Place("srv", (), 69, "udp", tmp_path, authority, tmp_path / "place", inside)
    command = ("in.tftpd", "--foreground", "--address", ":69", "--secure", f"{inside}/files")
    assert kind.software.prepare(kind.params(content="secret"), place) == (Program(command),)
    assert (tmp_path / "place" / "files" / "config.txt").read_text(encoding="utf-8") == "secret"


def test_the_scenario_of_the_page_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text(block("toml"), encoding="utf-8")
    (tmp_path / "engagement").mkdir()
    (tmp_path / "engagement" / "engagement.toml").write_text("schema = 1\n", encoding="utf-8")
    scenario = load_scenario(tmp_path, today=date(2026, 11, 21))
    assert [service.kind for host in scenario.host for service in host.service] == ["webapp", "openssh"]


def test_the_page_names_every_file_that_lab_test_leaves() -> None:
    source = Path(lab_test.__file__).read_text(encoding="utf-8")
    written = set(re.findall(r'"([a-z]+\.(?:json|txt))"', source)) | {"report.json"}
    assert written
    assert [name for name in sorted(written) if name not in PAGE] == []

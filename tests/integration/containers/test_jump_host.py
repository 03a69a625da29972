"""Looking through a real OpenSSH in a container: the same facts as from a namespace beside it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from lab.drivers.container.docker import docker
from tests.integration.command import copy_of, replace_in, sekisho
from tests.integration.containers.conftest import SCENARIOS, Up, brought_up

pytestmark = [pytest.mark.containers, pytest.mark.timeout(240)]
JUMP, SECRET, USER = "203.0.113.4", "SEKISHO_TEST_JUMP", "maintainer"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with brought_up(SCENARIOS / "restricted", tmp_path_factory.mktemp("jump") / "work") as lab:
        yield lab


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    """A key that may log in at the jump host; its public half is put there as an administrator would."""
    made = asyncssh.generate_private_key("ssh-ed25519")
    public = made.export_public_key().decode().strip()
    steps = (
        f"useradd --create-home --password '*' {USER}",
        f"mkdir /home/{USER}/.ssh",
        f"echo '{public}' >/home/{USER}/.ssh/authorized_keys",
        f"chown -R {USER}: /home/{USER}",
    )
    docker("exec", f"{up.name}-jump", "sh", "-c", " && ".join(steps))
    return made.export_private_key().decode()


def host_key_of(up: Up) -> str:
    """Read the fingerprint of the host key inside the container."""
    keys = "grep -rhs '^HostKey ' /lab --include=sshd_config | cut -d' ' -f2"
    listed = docker("exec", f"{up.name}-jump", "sh", "-c", f"for key in $({keys}); do ssh-keygen -lf $key; done")
    return next(word for word in listed.split() if word.startswith("SHA256:"))


def surveyed(folder: Path, *, env: dict[str, str | None] | None = None, before: tuple[str, ...] = ()) -> dict[str, Any]:
    done = sekisho("survey", folder, "--vantage", "vendor", "--close", env=env, before=before)
    assert done.code == 0, done.err
    assert sekisho("report", folder).code == 0
    found: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return found


def told(report: dict[str, Any]) -> dict[str, Any]:
    """Give what was found out about the services, without who recorded it when."""
    return {s["id"]: {k: v for k, v in s.items() if k not in {"evidence", "id"}} for s in report["services"]}


def test_the_same_facts_as_from_a_namespace(up: Up, key: str, tmp_path: Path) -> None:
    direct = surveyed(copy_of(up.work / "engagement", tmp_path / "direct"))
    folder = copy_of(up.work / "engagement", tmp_path / "through")
    text = (folder / "engagement.toml").read_text("utf-8")
    (vendor,) = (part for part in text.split("[[vantage]]") if 'name = "vendor"' in part)
    via, source = (next(x for x in vendor.splitlines() if x.startswith(f"{word} = ")) for word in ("via", "source"))
    way = f'via = "ssh://{USER}@{JUMP}"\nsecret = "env:{SECRET}"\nhost_key = "{host_key_of(up)}"'
    replace_in(folder / "engagement.toml", (via, way), (source + "\n", ""))
    inside = ("ip", "netns", "exec", f"{up.name}-management")
    far = surveyed(folder, env={SECRET: key}, before=inside)
    assert told(far) == told(direct)
    assert {s["address"] for s in far["services"]} == {"198.51.100.3", "198.51.100.5", "2001:db8:2::3", "2001:db8:2::5"}
    assert any(s["tls"] for s in far["services"])
    assert any(s["ssh"] for s in far["services"])
    (vantage,) = (v for v in far["vantages"] if v["name"] == "vendor")
    assert (vantage["via"], vantage["control_connections"]) == (f"ssh://{USER}@{JUMP}", 1)
    assert "through_jump" in {x["id"] for x in far["limits"]}
    assert JUMP not in [h["host"] for h in far["ledger"]["hosts"]]
    assert subprocess.run(["grep", "-rl", key.splitlines()[2], folder], check=False).returncode == 1

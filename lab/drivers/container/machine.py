"""What this machine knows of where packages come from: found out when an image is built, and never put into it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RELEASE = "bookworm"
PUBLIC_MIRROR = "http://deb.debian.org/debian"
APT = Path("/etc/apt")
INSIDE = "/run/lab-machine"
"""Where the machine's settings are seen while an image is built."""
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
RESOLVER = Path("/etc/resolv.conf")
PROXIES = ("http_proxy", "https_proxy", "no_proxy")
URIS = re.compile(r"^\s*(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s*)?)(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to get at Debian packages from inside a container with the machine's own network."""

    mirror: str
    mounts: Mapping[Path, str]
    environment: Mapping[str, str]
    options: tuple[str, ...]
    """For apt-get."""


def is_same_release(release_file: Path = Path("/etc/os-release")) -> bool:
    """Tell whether this machine runs the release of our images, so that its package sources are theirs."""
    try:
        return f"VERSION_CODENAME={RELEASE}" in release_file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False


def mirror_of(folder: Path) -> str | None:
    """Give the first package source of an apt folder that isn't for security updates alone."""
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.sources"))]
    files += sorted((folder / "sources.list.d").glob("*.list"))
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        if RELEASE in text and (found := [uri for uri in URIS.findall(text) if "security" not in uri]):
            return str(found[0]).rstrip("/")
    return None


def own_settings() -> Settings:
    """Find out the machine's own settings: its sources where the release is the same, its proxies and authorities."""
    mounts: dict[Path, str] = {}
    options: list[str] = []
    if RESOLVER.is_file():
        mounts[RESOLVER] = "/etc/resolv.conf:ro"
    if AUTHORITIES.is_file():
        mounts[AUTHORITIES] = f"{INSIDE}/authorities.crt:ro"
        options += ["-o", f"Acquire::https::CaInfo={INSIDE}/authorities.crt"]
    mirror = None
    if is_same_release() and APT.is_dir() and (mirror := mirror_of(APT)):
        mounts[APT] = f"{INSIDE}/apt:ro"
        options += ["-o", f"Dir::Etc={INSIDE}/apt"]
    environment = {name: value for name in PROXIES for value in [_either_case(name)] if value}
    return Settings(mirror or PUBLIC_MIRROR, mounts, environment, tuple(options))


def _either_case(name: str) -> str | None:
    """Give a variable of the environment, however it is written."""
    return os.environ.get(name) or os.environ.get(name.upper())

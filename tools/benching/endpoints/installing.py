"""Installs what is compared: programs of Debian, and those of PyPI in an environment of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Final

ENVIRONMENT: Final = Path(__file__).parents[3] / "build" / "peers"
FROM_PYPI: Final = ("sslyze==6.3.1", "ssh-audit==3.9.0")
FROM_DEBIAN: Final = {
    "nmap": "nmap",
    "sslscan": "sslscan",
    "testssl": "testssl.sh",
    "ike-scan": "ike-scan",
    "openssl": "openssl",
    "gnutls-serv": "gnutls-bin",
    "javac": "default-jdk-headless",
    "go": "golang-go",
    "selfserv": "libnss3-tools",
}
"""Program and its package. Not sshd and strongSwan: their packages start a service on the machine, which is not ours to
do; where they are not installed, the page names them as absent."""


def missing(which: Callable[[str], str | None] = shutil.which) -> tuple[str, ...]:
    """Name the packages of the programs that are not installed."""
    return tuple(package for program, package in FROM_DEBIAN.items() if which(program) is None)


def install() -> None:
    """Install what is missing; what can't be is told, and named on the page as absent."""
    if packages := missing():
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            _tell(f"not installed, and can't be from here: {', '.join(packages)}")
        else:
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            fetching = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
            if subprocess.run(fetching, check=False, env=quiet, stdout=subprocess.DEVNULL).returncode:
                _tell(f"could not be installed: {', '.join(packages)}")
    mark, wanted = ENVIRONMENT / "installed", "\n".join(FROM_PYPI)
    if mark.exists() and mark.read_text("utf-8") == wanted:
        return
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *FROM_PYPI]
    if subprocess.run(pip, check=False).returncode:
        _tell(f"could not be installed: {', '.join(FROM_PYPI)}")
        return
    mark.write_text(wanted, "utf-8")


def _tell(text: str) -> None:
    """Tell the developer; the benchmark goes on with what there is."""
    print(f"bench-endpoints: {text}", file=sys.stderr)

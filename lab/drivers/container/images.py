"""Builds the one image that all hosts run from: a Debian base and the packages of all kinds.

One image instead of one per kind: installing everything takes as long as a handful of single builds, hosts with
several kinds need no image of their own, and Docker has one file system to start from. Packages are installed but
never started: a host runs what its scenario says.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.devices.registry import kinds
from lab.drivers.container.docker import Order, docker, has_image, remove
from lab.drivers.container.machine import RELEASE, Settings, own_settings
from lab.errors import LabError

REPOSITORY = "sekisho-lab"
REGISTRY_IMAGE = f"debian:{RELEASE}-slim"
BASE = f"{REPOSITORY}:base-{RELEASE}"
ALWAYS = ("iproute2",)
"""Packages of every host."""
UNPACK = "unpack:"
"""Marks a package for INSTALL, which knows it too."""
BUILDER = "sekisho-lab-builder"
LOCK = Path("/run/sekisho-lab-image.lock")
DIGITS = 16
INSTALL = """
set -e
# Nothing is started while it is installed: dpkg asks this program first.
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
# Nobody reads manuals in there, and a build that breaks is made again: no waiting for disks.
cat > /etc/dpkg/dpkg.cfg.d/lab <<'end'
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
force-unsafe-io
end
export DEBIAN_FRONTEND=noninteractive
installed= unpacked=
for word; do
  case $word in
    unpack:*) unpacked="$unpacked ${word#unpack:}" ;;
    *) installed="$installed $word" ;;
  esac
done
apt-get $APT_OPTIONS update -qq
apt-get $APT_OPTIONS install -y -qq --no-install-recommends $installed > /dev/null
cd /tmp
for package in $unpacked; do
  apt-get $APT_OPTIONS download -qq "$package"
  # dpkg-deb's own --extract would put a folder in the place of the link /lib.
  dpkg-deb --fsys-tarfile "$package"_*.deb | tar --extract --keep-directory-symlink --directory /
  rm "$package"_*.deb
done
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
"""


def packages() -> tuple[str, ...]:
    """List the Debian packages of all kinds, sorted; marked those that are only unpacked."""
    software = [kind.software for kind in kinds().values() if kind.software]
    installed = {package for one in software for package in one.packages}
    unpacked = {f"{UNPACK}{package}" for one in software for package in one.unpacked}
    return tuple(sorted({*installed, *unpacked, *ALWAYS}))


def image_name(names: Iterable[str]) -> str:
    """Name the image after what is in it: other packages, or another way to install them, make another image."""
    content = "\n".join([RELEASE, INSTALL, *names])
    return f"{REPOSITORY}:{hashlib.sha256(content.encode()).hexdigest()[:DIGITS]}"


def ensure_image() -> None:
    """Build the image of all hosts where it isn't there yet.

    Raises: LabError with the step that failed.
    """
    names = packages()
    name = image_name(names)
    with _alone():
        if not has_image(name):
            settings = own_settings()
            _ensure_base(settings)
            _install(name, names, settings)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process build at a time: two would take each other's builder away."""
    with LOCK.open("w", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _ensure_base(settings: Settings) -> None:
    """Get a bare Debian: from a registry where one is reachable, else by debootstrap."""
    if has_image(BASE):
        return
    try:
        docker("pull", "--quiet", REGISTRY_IMAGE)
        docker("tag", REGISTRY_IMAGE, BASE)
    except LabError:
        _bootstrap(settings)


def _bootstrap(settings: Settings) -> None:
    """Make the base from packages alone."""
    with tempfile.TemporaryDirectory(prefix="sekisho-lab-") as folder:
        root = Path(folder) / "root"
        _step("debootstrap", "--variant=minbase", RELEASE, str(root), settings.mirror)
        archive = Path(folder) / "root.tar"
        _step("tar", "--directory", str(root), "--exclude=./var/cache/apt/archives/*.deb", "--create",
              "--file", str(archive), ".")  # fmt: skip
        docker("import", str(archive), BASE)


def _install(name: str, names: Iterable[str], settings: Settings) -> None:
    """Install packages on the base; the machine's settings are only lent for that time."""
    remove([BUILDER])
    order = Order(
        BUILDER,
        BASE,
        ["sh", "-c", INSTALL, "install", *names],
        network="host",
        mounts=settings.mounts,
        environment={**settings.environment, "APT_OPTIONS": " ".join(settings.options)},
    )
    try:
        docker("run", *order.options())
        docker("commit", "--change", 'ENV APT_OPTIONS=""', *_without(settings), BUILDER, name)
    finally:
        remove([BUILDER])


def _without(settings: Settings) -> list[str]:
    """Take the machine's proxies out of an image: a commit would keep them."""
    return [word for variable in settings.environment for word in ("--change", f'ENV {variable}=""')]


def _step(*command: str) -> None:
    """Run one step of a build.

    Raises: LabError with the last of what it said.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as missing:
        raise LabError("image.no_program", program=command[0]) from missing
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise LabError("image.step", step=command[0], reason=said[-1] if said else str(done.returncode))

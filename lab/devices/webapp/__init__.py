"""A web application under Flask and gunicorn, the real ones: log-in form, session cookie, redirects, nobody gets in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from pydantic import Field

from lab.devices.kind import Command, Kind, Place, Program, Software
from lab.devices.parameters import Line
from lab.devices.tls.software import OpensslParams, write_tls

APPLICATION: Final = Path(__file__).parent / "application.wsgi"
"""Runs in the container alone: its framework isn't among our own libraries."""
USER: Final = "www-data"
CERTIFICATES: Final = {"none": "0", "request": "1", "require": "2"}
"""Words of Python's ssl.VerifyMode, which gunicorn takes as numbers."""


class WebappParams(OpensslParams):
    """What the application shows, and TLS of its server."""

    tls: bool = Field(False, examples=[True], description="true = inside TLS")
    title: Line = Field("院内システム", examples=["給食管理システム"], description="of its pages")
    login: bool = Field(True, examples=[False], description="false = its start page is for everybody")


def prepare(params: WebappParams, place: Place) -> tuple[Program, ...]:
    """Write the application with its settings."""
    settings = {"title": params.title, "login": params.login, "tls": params.tls}
    place.write("application.py", APPLICATION.read_bytes())
    place.write("settings.json", json.dumps(settings))
    command: Command = (
        "gunicorn",
        *("--chdir", str(place.inside)),
        *("--bind", f"[::]:{place.port}"),
        *("--user", USER, "--group", USER),
        *("--threads", "4"),
        *("--worker-tmp-dir", "/dev/shm"),  # noqa: S108 - inside the container; disks may block its heartbeat
    )
    environment: Command = ()
    before: tuple[Command, ...] = ()
    if params.tls:
        files = write_tls(params, place)
        before = (("chown", USER, files.key),)  # read anew for each connection
        environment = files.environment
        command = (
            *command,
            *("--certfile", files.certificate, "--keyfile", files.key, "--ciphers", files.ciphers),
            *("--ca-certs", files.authority, "--cert-reqs", CERTIFICATES[params.client_auth]),
        )
    return (Program((*environment, *command, "application"), before=before),)


KIND = Kind(
    name="webapp",
    params=WebappParams,
    transports=("tcp",),
    software=Software(packages=("gunicorn", "python3-flask"), prepare=prepare),
)

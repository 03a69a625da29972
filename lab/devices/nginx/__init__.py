"""nginx, the real one."""

from __future__ import annotations

from lab.devices.kind import Kind, Place, Program, Software
from lab.devices.tls.software import PROTOCOLS, write_tls
from lab.devices.web_server import WebServerParams, quoted, write_passwords, write_site

VERIFY = {"none": "off", "request": "optional", "require": "on"}


class NginxParams(WebServerParams):
    """Site and TLS of nginx."""


def prepare(params: NginxParams, place: Place) -> tuple[Program, ...]:
    """Write nginx.conf."""
    place.write("nginx.conf", _configuration(params, place))
    return (Program(("nginx", "-p", str(place.inside), "-c", "nginx.conf")),)


def _configuration(params: NginxParams, place: Place) -> str:
    """Write the configuration of one server."""
    listen = f"{place.port} ssl" if params.tls else f"{place.port}"
    lines = [
        f"listen {listen};",
        f"listen [::]:{listen};",
        f"root {write_site(params, place)};",
        f"server_tokens {'off' if params.hide_version else 'on'};",
        *(f"add_header {quoted(name)} {quoted(value)} always;" for name, value in params.headers.items()),
    ]
    if params.realm is not None:
        lines += [f"auth_basic {quoted(params.realm)};", f"auth_basic_user_file {write_passwords(place)};"]
    if params.tls:
        files = write_tls(params, place)
        lines += [
            f"ssl_certificate {files.certificate};",
            f"ssl_certificate_key {files.key};",
            f"ssl_protocols {' '.join(PROTOCOLS[version] for version in params.versions)};",
            f"ssl_ciphers {quoted(files.ciphers)};",
            f"ssl_dhparam {files.dh};",
            f"ssl_verify_client {VERIFY[params.client_auth]};",
            *([f"ssl_client_certificate {files.authority};"] if params.client_auth != "none" else []),
        ]
    server = "\n".join(f"    {line}" for line in lines)
    return (
        "daemon off;\nuser www-data;\npid nginx.pid;\nerror_log stderr;\nevents {}\n"
        "http {\n  access_log off;\n  types { text/html html; }\n  charset utf-8;\n"
        f"  server {{\n{server}\n  }}\n}}\n"
    )


KIND = Kind(
    name="nginx", params=NginxParams, transports=("tcp",), software=Software(packages=("nginx-light",), prepare=prepare)
)

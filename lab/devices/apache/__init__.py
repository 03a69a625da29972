"""Apache httpd, the real one."""

from __future__ import annotations

from lab.devices.kind import Kind, Place, Program, Software
from lab.devices.tls.software import PROTOCOLS, write_tls
from lab.devices.web_server import WebServerParams, quoted, write_passwords, write_site

MODULES = ("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "dir", "headers", "mime")
TLS_MODULES = ("socache_shmcb", "ssl")
VERIFY = {"none": "none", "request": "optional", "require": "require"}


class ApacheParams(WebServerParams):
    """Site and TLS of Apache."""


def prepare(params: ApacheParams, place: Place) -> tuple[Program, ...]:
    """Write httpd.conf."""
    file = place.write("httpd.conf", _configuration(params, place))
    return (Program(("apache2", "-f", file, "-DFOREGROUND")),)


def _configuration(params: ApacheParams, place: Place) -> str:
    """Write the configuration of one server."""
    folder = write_site(params, place)
    modules = [*MODULES, *(TLS_MODULES if params.tls else ())]
    access = ["Require all granted"]
    if params.realm is not None:
        access = [
            "AuthType Basic",
            f"AuthName {quoted(params.realm)}",
            f"AuthUserFile {write_passwords(place)}",
            "Require valid-user",
        ]
    lines = [
        *(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules),
        f"ServerRoot {place.inside}",
        f"ServerName {place.host}",
        "User www-data",
        "Group www-data",
        f"PidFile {place.inside}/httpd.pid",
        f"Mutex file:{place.inside}",
        "ErrorLog /dev/stderr",
        f"ServerTokens {'Prod' if params.hide_version else 'OS'}",
        "TypesConfig /dev/null",
        "AddType text/html .html",
        f"Listen {place.port}",
        f"DocumentRoot {folder}",
        "DirectoryIndex index.html",
        *(f"Header always set {quoted(name)} {quoted(value)}" for name, value in params.headers.items()),
        f"<Directory {folder}>",
        *access,
        "</Directory>",
    ]
    if params.tls:
        files = write_tls(params, place)
        lines += [
            "SSLEngine on",
            f"SSLCertificateFile {files.certificate}",
            f"SSLCertificateKeyFile {files.key}",
            f"SSLProtocol {' '.join(f'+{PROTOCOLS[version]}' for version in params.versions)}",
            f"SSLCipherSuite {files.ciphers}",
            f"SSLOpenSSLConfCmd DHParameters {files.dh}",
            f"SSLVerifyClient {VERIFY[params.client_auth]}",
            *([f"SSLCACertificateFile {files.authority}"] if params.client_auth != "none" else []),
        ]
    return "\n".join(lines) + "\n"


KIND = Kind(
    name="apache", params=ApacheParams, transports=("tcp",), software=Software(packages=("apache2",), prepare=prepare)
)

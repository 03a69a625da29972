"""lighttpd, the real one: what many small appliances run."""

from __future__ import annotations

from lab.devices.kind import Kind, Place, Program, Software
from lab.devices.tls.software import PROTOCOLS, write_tls
from lab.devices.web_server import WebServerParams, quoted, write_passwords, write_site

NAMELESS = "lighttpd"


class LighttpdParams(WebServerParams):
    """Site and TLS of lighttpd."""


def prepare(params: LighttpdParams, place: Place) -> tuple[Program, ...]:
    """Write lighttpd.conf."""
    file = place.write("lighttpd.conf", _configuration(params, place))
    return (Program(("lighttpd", "-D", "-f", file)),)


def _configuration(params: LighttpdParams, place: Place) -> str:
    """Write the configuration of one server."""
    modules = ["mod_indexfile", "mod_staticfile", "mod_setenv", "mod_auth", "mod_authn_file"]
    headers = ", ".join(f"{quoted(name)} => {quoted(value)}" for name, value in params.headers.items())
    lines = [
        f"server.modules = ({', '.join(map(quoted, [*modules, *(['mod_openssl'] if params.tls else [])]))})",
        f"server.document-root = {quoted(write_site(params, place))}",
        f"server.port = {place.port}",
        'server.use-ipv6 = "enable"',
        'server.set-v6only = "disable"',
        'server.username = "www-data"',
        'index-file.names = ("index.html")',
        'mimetype.assign = (".html" => "text/html; charset=utf-8")',
        *([f"server.tag = {quoted(NAMELESS)}"] if params.hide_version else []),
        *([f"setenv.set-response-header = ({headers})"] if headers else []),
        *(_password(params.realm, place) if params.realm is not None else []),
        *(_tls(params, place) if params.tls else []),
    ]
    return "\n".join(lines) + "\n"


def _password(realm: str, place: Place) -> list[str]:
    """Write the lines of a site that asks for a password."""
    asked = f'"method" => "basic", "realm" => {quoted(realm)}, "require" => "valid-user"'
    return [
        'auth.backend = "htpasswd"',
        f"auth.backend.htpasswd.userfile = {quoted(write_passwords(place))}",
        f'auth.require = ("/" => ({asked}))',
    ]


def _tls(params: LighttpdParams, place: Place) -> list[str]:
    """Write the lines of TLS; what it has no word for is handed to OpenSSL."""
    files = write_tls(params, place)
    protocols = ", ".join(["-ALL", *(PROTOCOLS[version] for version in params.versions)])
    commands = {"Protocol": protocols, "CipherString": files.ciphers, "DHParameters": files.dh}
    if not set(params.versions) & {"tls1.0", "tls1.1"}:
        commands["MinProtocol"] = "TLSv1.2" if "tls1.2" in params.versions else "TLSv1.3"
    else:
        commands["MinProtocol"] = "TLSv1"
    listed = ", ".join(f"{quoted(name)} => {quoted(value)}" for name, value in commands.items())
    lines = [
        'ssl.engine = "enable"',
        f"ssl.pemfile = {quoted(files.certificate)}",
        f"ssl.privkey = {quoted(files.key)}",
        f"ssl.openssl.ssl-conf-cmd = ({listed})",
    ]
    if params.client_auth != "none":
        lines += [
            'ssl.verifyclient.activate = "enable"',
            f"ssl.verifyclient.enforce = {quoted('enable' if params.client_auth == 'require' else 'disable')}",
            f"ssl.ca-file = {quoted(files.authority)}",
        ]
    return lines


KIND = Kind(
    name="lighttpd",
    params=LighttpdParams,
    transports=("tcp",),
    software=Software(packages=("lighttpd", "lighttpd-mod-openssl"), prepare=prepare),
)

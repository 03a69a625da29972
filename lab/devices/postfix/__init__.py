"""Postfix, the real one: takes mail for nobody, with STARTTLS where it is offered."""

from __future__ import annotations

from pydantic import Field

from lab.devices.kind import Kind, Place, Program, Software
from lab.devices.parameters import Line
from lab.devices.tls.software import PROTOCOLS, OpensslParams, write_tls

# The services that smtpd needs to greet a caller (master(5)); no chroot, so that nothing has to be copied into one.
MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
"""


class PostfixParams(OpensslParams):
    """Greeting, and TLS where it is offered."""

    hostname: Line = Field("", examples=["mail.example.jp"], description="of the greeting; empty = the host's name")
    greeting: Line = Field("ESMTP Postfix", examples=["ESMTP"], description="behind the name")
    starttls: bool = Field(True, examples=[False])
    implicit_tls: bool = Field(False, examples=[True], description="TLS from the first byte (smtps)")


def prepare(params: PostfixParams, place: Place) -> tuple[Program, ...]:
    """Write main.cf and master.cf."""
    name = params.hostname or place.host
    lines = {
        "compatibility_level": "3.6",
        "queue_directory": "/var/spool/postfix",
        "maillog_file": "/dev/stdout",
        "myhostname": name,
        "mydestination": "",
        "mynetworks": "127.0.0.0/8",
        "inet_interfaces": "all",
        "inet_protocols": "all",
        "smtpd_banner": f"{name} {params.greeting}",
        "smtpd_peername_lookup": "no",
        "alias_maps": "",
        "smtpd_relay_restrictions": "reject",
        "smtpd_tls_security_level": "may" if params.starttls or params.implicit_tls else "none",
        "smtpd_tls_wrappermode": "yes" if params.implicit_tls else "no",
    }
    if params.starttls or params.implicit_tls:
        files = write_tls(params, place)
        protocols = ", ".join(name if version in params.versions else f"!{name}" for version, name in PROTOCOLS.items())
        lines |= {
            "smtpd_tls_cert_file": files.certificate,
            "smtpd_tls_key_file": files.key,
            "smtpd_tls_dh1024_param_file": files.dh,
            "smtpd_tls_protocols": protocols,
            "smtpd_tls_mandatory_protocols": protocols,
            "smtpd_tls_ciphers": "medium",
            "tls_medium_cipherlist": files.ciphers,
        }
    main = "".join(f"{key} = {value}\n" for key, value in lines.items())
    folder = place.write("main.cf", main).removesuffix("/main.cf")
    place.write("master.cf", MASTER.format(port=place.port))
    return (Program(("postfix", "-c", folder, "start-fg"), before=(("chown", "root:root", folder),)),)


KIND = Kind(
    name="postfix", params=PostfixParams, transports=("tcp",), software=Software(packages=("postfix",), prepare=prepare)
)

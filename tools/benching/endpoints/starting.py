"""Starts the server of a configuration in a namespace, and waits until it listens."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from lab.devices.authority import Authority, Identity
from lab.devices.certificate import CertificateParams, KeyName
from lab.devices.tls.suites import openssl_names
from scanners.tls.groups import group_name
from scanners.tls.suites import suite_name
from sekisho.gate.namespaces import Namespace
from tools.benching.endpoints.configurations import NAME, Configuration, SshConfiguration, gnutls_parts

_SOURCES: Final = Path(__file__).parent / "servers"
_STARTS_IN_S: Final = 60.0  # Java on a busy machine
_PASSWORD: Final = "bench"  # noqa: S105 - of key stores that hold throw-away keys
_OPENSSL_VERSIONS: Final = {"tls1.0": "TLSv1", "tls1.1": "TLSv1.1", "tls1.2": "TLSv1.2", "tls1.3": "TLSv1.3"}
_WIRE: Final = {"tls1.0": 769, "tls1.1": 770, "tls1.2": 771, "tls1.3": 772}
_CURVE_NAMES: Final = {29: "X25519", 30: "X448", 23: "P-256", 24: "P-384", 25: "P-521"}
_PROGRAMS: Final = {
    "openssl": "openssl",
    "gnutls": "gnutls-serv",
    "tlslite": sys.executable,
    "jsse": "javac",
    "go": "go",
    "nss": "selfserv",
}


def is_here(maker: str) -> bool:
    """Tell whether an implementation is installed."""
    return shutil.which(_PROGRAMS[maker]) is not None


@dataclass(frozen=True, slots=True)
class Workshop:
    """What servers are made with: a folder, its certificates, the namespace they listen in."""

    folder: Path
    authority: Authority
    holder: int

    @contextmanager
    def serving(self, wanted: Configuration, port: int) -> Iterator[None]:
        """Have a server listen on a port of every address for the length of a block."""
        command = {
            "openssl": self._openssl, "gnutls": self._gnutls, "tlslite": self._tlslite, "jsse": self._jsse,
            "go": self._go, "nss": self._nss,
        }[wanted.maker](wanted, port)  # fmt: skip
        with self.running(command, port, wanted.name):
            yield

    @contextmanager
    def running(self, command: Sequence[str], port: int, name: str) -> Iterator[None]:
        """Run a program that listens on a TCP port."""
        with (self.folder / f"{name}.log").open("wb") as said:
            entering = ["nsenter", f"--net=/proc/{self.holder}/ns/net", *command]
            server = subprocess.Popen(entering, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            self._wait(server, port, name)
            yield
        finally:
            server.kill()
            server.wait()

    def _wait(self, server: subprocess.Popen[bytes], port: int, name: str) -> None:
        """Wait until a server listens. Raises: SystemExit with what it said."""
        end = time.monotonic() + _STARTS_IN_S
        place = Namespace(Path(f"/proc/{self.holder}/ns/net"))
        while time.monotonic() < end and server.poll() is None:
            with place.socket(socket.AF_INET, socket.SOCK_STREAM) as trying:
                trying.settimeout(1.0)
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        msg = f"{name} does not listen: {(self.folder / f'{name}.log').read_text('utf-8', 'replace')[-500:]}"
        raise SystemExit(msg)

    def _identities(self, wanted: Configuration) -> list[Identity]:
        """Give a certificate of each kind."""
        names: dict[str, KeyName] = {"rsa": "rsa-1024" if wanted.key_bits == 1024 else "rsa-2048", "ec": "ec-p256"}  # noqa: PLR2004 - the old size
        return [
            self.authority.issue(CertificateParams(key=names[k], subject=f"bench-{k}", names=(NAME,)), name="bench")
            for k in wanted.keys
        ]

    @contextmanager
    def ssh(self, wanted: SshConfiguration, port: int) -> Iterator[None]:
        """Have OpenSSH's server listen."""
        Path("/run/sshd").mkdir(exist_ok=True)
        lines = [f"Port {port}", "PidFile none", "MaxStartups 200", "LogLevel ERROR"]
        for kind, bits in wanted.keys:
            file = self.folder / f"ssh-{kind}"
            making = ["ssh-keygen", "-q", "-t", kind, *(["-b", str(bits)] if bits else []), "-N", "", "-f", str(file)]
            if not file.exists():
                subprocess.run(making, check=True)
            lines.append(f"HostKey {file}")
        lists = {
            "KexAlgorithms": wanted.kex, "Ciphers": wanted.ciphers, "MACs": wanted.macs,
            "HostKeyAlgorithms": wanted.host_keys,
        }  # fmt: skip
        config = self.folder / "sshd_config"
        config.write_text("\n".join([*lines, *(f"{k} {','.join(v)}" for k, v in lists.items()), ""]), "utf-8")
        with self.running(["/usr/sbin/sshd", "-D", "-e", "-f", str(config)], port, "sshd"):
            yield

    @contextmanager
    def tarpit(self, port: int) -> Iterator[None]:
        """Listen, take what comes, and never answer."""
        place, stop = Namespace(Path(f"/proc/{self.holder}/ns/net")), threading.Event()
        with place.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("", port))
            listening.listen(100)
            listening.settimeout(0.1)
            thread = threading.Thread(target=_keep_waiting, args=(listening, stop))
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join()

    def _openssl(self, wanted: Configuration, port: int) -> list[str]:
        """Write the command of OpenSSL's test server."""
        old = [openssl_names()[s] for s in wanted.suites if s in openssl_names()]
        new = [suite_name(s) for s in wanted.suites if s not in openssl_names()]
        files: list[str] = []
        for identity, letter in zip(self._identities(wanted), ("", "d"), strict=False):
            files += [f"-{letter}cert", str(identity.chain_file), f"-{letter}key", str(identity.key_file)]
        client = {"none": [], "request": ["-verify", "1"], "require": ["-Verify", "1"]}[wanted.client]
        return [
            "openssl", "s_server", "-accept", str(port), "-www", "-quiet", *files, *client,
            "-CAfile", str(self.authority.ca_file),
            "-cipher", ":".join(["@SECLEVEL=0", *(old or ["ALL"])]), *(["-ciphersuites", ":".join(new)] if new else []),
            "-groups", ":".join(_CURVE_NAMES.get(g, group_name(g)) for g in wanted.groups),
            "-min_protocol", _OPENSSL_VERSIONS[wanted.versions[0]],
            "-max_protocol", _OPENSSL_VERSIONS[wanted.versions[-1]],
        ]  # fmt: skip

    def _gnutls(self, wanted: Configuration, port: int) -> list[str]:
        """Write the command of GnuTLS's test server: it takes lists of parts, so the parts are all that stand there."""
        files: list[str] = []
        for identity in self._identities(wanted):
            files += ["--x509certfile", str(identity.chain_file), "--x509keyfile", str(identity.key_file)]
        client = {"none": ["-a"], "request": [], "require": ["-r"]}[wanted.client]
        return [
            "gnutls-serv", "--http", "-q", "-p", str(port), *files, *client,
            "--x509cafile", str(self.authority.ca_file), "--priority", gnutls_priority(wanted),
        ]  # fmt: skip

    def _tlslite(self, wanted: Configuration, port: int) -> list[str]:
        """Write the command of the lab's server with tlslite-ng."""
        key = "rsa-2048" if wanted.keys == ("rsa",) else "ec-p256"
        module = "tools.benching.endpoints.servers.tlslite_server"
        suites = ",".join(suite_name(s) for s in wanted.suites)
        folder = str(self.folder / wanted.name)
        return [
            sys.executable,
            "-P",
            "-m",
            module,
            str(port),
            folder,
            key,
            ",".join(wanted.versions),
            suites,
            wanted.client,
        ]

    def _jsse(self, wanted: Configuration, port: int) -> list[str]:
        """Write the command of the Java platform's server."""
        if not (self.folder / "Jsse.class").exists():
            compiling = ["javac", "-d", str(self.folder), str(_SOURCES / "Jsse.java")]
            subprocess.run(compiling, check=True)
        versions = ",".join(_OPENSSL_VERSIONS[v] for v in wanted.versions)
        suites = ",".join(suite_name(s) for s in wanted.suites)
        groups = ",".join(group_name(g) for g in wanted.groups)
        stores = [str(_store(identity)) for identity in self._identities(wanted)]
        return [
            "java", "-XX:TieredStopAtLevel=1", f"-Djdk.tls.namedGroups={groups}", "-cp", str(self.folder), "Jsse",
            str(port), versions, suites, wanted.client, *stores,
        ]  # fmt: skip

    def _go(self, wanted: Configuration, port: int) -> list[str]:
        """Write the command of Go's server."""
        program = self.folder / "go-server"
        if not program.exists():
            source = self.folder / "server.go"
            shutil.copyfile(_SOURCES / "server.go", source)
            compiling = ["go", "build", "-o", str(program), str(source)]
            subprocess.run(compiling, check=True, cwd=self.folder)
        versions = f"{_WIRE[wanted.versions[0]]},{_WIRE[wanted.versions[-1]]}"
        files = [str(f) for i in self._identities(wanted) for f in (i.chain_file, i.key_file)]
        lists = (",".join(map(str, numbers)) for numbers in (wanted.suites, wanted.groups))
        return [str(program), str(port), versions, *lists, wanted.client, *files]

    def _nss(self, wanted: Configuration, port: int) -> list[str]:
        """Write the command of NSS's test server, and make its data base."""
        folder = self.folder / f"db-{wanted.name}"
        folder.mkdir()
        store = f"sql:{folder}"
        making = ["certutil", "-N", "-d", store, "--empty-password"]
        subprocess.run(making, check=True)
        for kind, identity in zip(wanted.keys, self._identities(wanted), strict=True):
            importing = ["pk12util", "-i", str(_store(identity, kind)), "-d", store, "-W", _PASSWORD]
            subprocess.run(importing, check=True, stdout=subprocess.DEVNULL)
        groups = ",".join({29: "x25519", 256: "FF2048"}.get(g, f"P{group_name(g)[4:7]}") for g in wanted.groups)
        nicks = [word for k in wanted.keys for word in ({"rsa": "-n", "ec": "-e"}[k], k)]
        return [
            "selfserv", *nicks, "-p", str(port), "-d", store, "-V", f"{wanted.versions[0]}:{wanted.versions[-1]}",
            "-c", "".join(f":{s:04X}" for s in wanted.suites), "-I", groups,
            *{"none": [], "request": ["-r"], "require": ["-r", "-r"]}[wanted.client],
        ]  # fmt: skip


def _keep_waiting(listening: socket.socket, stop: threading.Event) -> None:
    """Accept until told to stop, and say nothing."""
    held: list[socket.socket] = []
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            held.append(listening.accept()[0])
    for one in held:
        one.close()


@cache
def _store(identity: Identity, alias: str = "k") -> Path:
    """Write key and certificate as PKCS #12."""
    key = load_pem_private_key(identity.key_file.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(identity.chain_file.read_bytes())
    path = identity.key_file.with_suffix(f".{alias}.p12")
    holds = serialize_key_and_certificates(
        alias.encode(),
        cast("RSAPrivateKey | EllipticCurvePrivateKey", key),  # as the lab makes them
        certificate,
        None,
        BestAvailableEncryption(_PASSWORD.encode()),
    )
    path.write_bytes(holds)
    return path


_GNUTLS_GROUPS: Final = {29: "X25519", 30: "X448", 23: "SECP256R1", 24: "SECP384R1", 25: "SECP521R1", 256: "FFDHE2048"}


def gnutls_priority(wanted: Configuration) -> str:
    """Write a configuration in the terms of GnuTLS."""
    parts = [
        *(f"VERS-TLS{v.removeprefix('tls')}" for v in wanted.versions),
        *sorted({p for s in wanted.suites for p in gnutls_parts(s)}),
        *("AEAD", "SHA1", "SIGN-ALL", "COMP-NULL", "CTYPE-X509"),
        *(f"GROUP-{_GNUTLS_GROUPS[g]}" for g in wanted.groups),
    ]
    return "NONE:" + ":".join(f"+{p}" for p in parts)

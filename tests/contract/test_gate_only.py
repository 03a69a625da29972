"""Nothing but the gate opens a socket, sends a frame or starts a program (design, section 4, The gate)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.sources import SHIPPED, dotted, imports, name_of, python_files, tree_of

FORBIDDEN_MODULES = {
    "socket", "_socket", "ssl", "_ssl", "socketserver", "subprocess", "_posixsubprocess", "multiprocessing", "pty",
    "asyncio.streams", "asyncio.subprocess", "asyncio.unix_events",
    "http.client", "http.server", "urllib.request", "ftplib", "imaplib", "poplib", "smtplib", "telnetlib", "xmlrpc",
    "requests", "httpx", "aiohttp", "urllib3", "asyncssh", "pyroute2", "pexpect",
    "scapy.all", "scapy.sendrecv", "scapy.supersocket", "scapy.automaton", "scapy.utils",
    "pysnmp.hlapi", "pysnmp.carrier", "pysnmp.entity",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "open_connection", "start_server", "open_unix_connection", "start_unix_server", "create_connection",
    "create_datagram_endpoint", "create_server", "create_unix_connection", "create_subprocess_exec",
    "create_subprocess_shell", "subprocess_exec", "subprocess_shell", "sock_connect", "sock_sendto", "sock_sendall",
    "sr", "sr1", "srp", "srp1", "srloop", "srflood", "sendp", "sendpfast", "sniff", "AsyncSniffer",
    "PortScanner", "PortScannerAsync", "PortScannerYield",
}  # fmt: skip
NEEDS_SOCK = {"ConnectHandler", "ConnLogOnly", "ConnUnify"}
OS_CALLS = ("os.system", "os.popen", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.startfile")

ALLOWED = {
    # opens a raw socket and closes it at once, to say whether this machine may have one; sends nothing
    "sekisho/doctor.py": {"imports socket"},
}


def offences(tree: ast.Module) -> Iterator[str]:
    """Give what a module outside the gate must not do."""
    named = set(imports(tree))
    for module in sorted(FORBIDDEN_MODULES):
        if any(n == module or n.startswith(f"{module}.") for n in named):
            yield f"imports {module}"
    for name in sorted(named):
        if name.split(".")[-1] in FORBIDDEN_CALLS | NEEDS_SOCK | {"send"} and name.startswith(("asyncio.", "scapy.")):
            yield f"imports {name}"
    uses_nmap = any(n.split(".")[0] == "nmap" for n in named)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (said := _call(node, uses_nmap=uses_nmap)):
            yield said


def _call(node: ast.Call, *, uses_nmap: bool) -> str:
    called = dotted(node.func)
    last = called.split(".")[-1]
    if last in FORBIDDEN_CALLS or called.startswith(OS_CALLS):
        return f"calls {called}"
    if last == "scan" and uses_nmap:
        return "calls scan of python-nmap"
    if last in NEEDS_SOCK and not any(k.arg == "sock" for k in node.keywords):
        return f"calls {last} without sock="
    if last == "connect" and "SSHClient" in ast.dump(node.func) and not any(k.arg == "sock" for k in node.keywords):
        return "calls SSHClient().connect without sock="
    return ""


@pytest.mark.parametrize("path", [p for p in python_files(*SHIPPED) if "gate" not in p.parts], ids=name_of)
def test_only_the_gate_touches_the_network(path: Path) -> None:
    found = set(offences(tree_of(path)))
    assert found == ALLOWED.get(name_of(path), set())


@pytest.mark.parametrize("path", python_files("scanners"), ids=name_of)
def test_scanners_never_use_ssl(path: Path) -> None:
    assert not {n for n in imports(tree_of(path)) if n.split(".")[0] in {"ssl", "_ssl"}}


@pytest.mark.parametrize(
    "planted",
    [
        "import socket",
        "from socket import AF_INET",
        "def f():\n    import socket as s",
        "import importlib\nimportlib.import_module('socket')",
        "__import__('subprocess')",
        "import subprocess",
        "from subprocess import run",
        "import ssl",
        "import os\nos.system('ping 192.0.2.1')",
        "import os\nos.execvp('nmap', [])",
        "import os\nos.posix_spawn('/bin/true', [], {})",
        "import asyncio\nasyncio.open_connection('192.0.2.1', 22)",
        "from asyncio import open_connection",
        "import asyncio\nasyncio.get_running_loop().create_connection(None, '192.0.2.1', 22)",
        "import asyncio\nasyncio.create_subprocess_exec('nmap')",
        "from scapy.all import IP",
        "from scapy.sendrecv import sr1",
        "from scapy import sendrecv",
        "import scapy.layers.l2 as l2\nl2.srp(l2.Ether())",
        "from anywhere import sniff\nsniff()",
        "import nmap\nnmap.PortScanner()",
        "import nmap\nclass S(nmap.PortScanner): ...\nS().scan('192.0.2.1')",
        "from netmiko import ConnectHandler\nConnectHandler(host='192.0.2.1')",
        "import paramiko\nparamiko.SSHClient().connect('192.0.2.1')",
        "import urllib.request",
        "from pysnmp.hlapi.v3arch.asyncio import get_cmd",
    ],
)
def test_a_planted_offence_is_found(planted: str) -> None:
    assert list(offences(ast.parse(planted)))


@pytest.mark.parametrize(
    "harmless",
    [
        "from netmiko import ConnectHandler\nConnectHandler(host='192.0.2.1', sock=given)",
        "import asyncio\nasyncio.get_running_loop().time()",
        "from scapy.layers.l2 import ARP, Ether",
        "await_me = stream.send(b'x')\nwire.connect(target)",
        "import re\nre.compile('socket').search('subprocess')",
    ],
)
def test_what_is_harmless_is_not_found(harmless: str) -> None:
    assert list(offences(ast.parse(harmless))) == []


def test_the_allow_list_has_no_leftovers() -> None:
    names = {name_of(p) for p in python_files(*SHIPPED)}
    assert set(ALLOWED) <= names

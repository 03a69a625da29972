"""Taking the network away from this process: a replay proves its claims without asking anybody again."""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from typing import Final

_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_RET_ALLOW: Final = 0x7FFF0000
_RET_EACCES: Final = 0x00050000 | 13
_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JEQ: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_RET: Final = 0x06  # BPF_RET | BPF_K
_SOCKET_CALLS: Final = {"x86_64": (0xC000003E, 41, 53), "aarch64": (0xC00000B7, 198, 199)}
"""Machine → (audit architecture, number of socket(2), of socketpair(2)); linux/audit.h and the syscall tables."""


def forbid_network() -> bool:
    """Make every later socket fail, in Python (audit hook) and, where the machine is known, in the kernel (seccomp).

    Gives whether the kernel holds it too. Can't be undone in this process.
    """
    sys.addaudithook(_refuse)
    return _seccomp()


def _refuse(event: str, _: tuple[object, ...]) -> None:
    """Refuse what could reach a network."""
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system")):
        msg = f"replay runs without a network: {event}"
        raise PermissionError(msg)


def _seccomp() -> bool:
    """Install a filter that answers socket(2) and socketpair(2) with EACCES."""
    known = _SOCKET_CALLS.get(platform.machine())
    if known is None or sys.platform != "linux":
        return False
    architecture, call, pair = known
    program = b"".join(
        struct.pack("=HBBI", code, yes, no, value)
        for code, yes, no, value in (
            (_LOAD, 0, 0, 4),  # seccomp_data.arch
            (_JEQ, 0, 3, architecture),
            (_LOAD, 0, 0, 0),  # seccomp_data.nr
            (_JEQ, 2, 0, call),
            (_JEQ, 1, 0, pair),
            (_RET, 0, 0, _RET_ALLOW),
            (_RET, 0, 0, _RET_EACCES),
        )
    )
    buffer = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HP", len(program) // 8, ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return int(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0)) == 0

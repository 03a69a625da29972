"""Calls `lab` as a user does, with more or fewer rights, and looks at the network inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lab

REPOSITORY = str(Path(lab.__file__).parent.parent)
PACKAGES = [path for path in sys.path if path.endswith("site-packages")]
# Asks each target once, from a given source: prints what the kernel says.
ASK = """
import json, socket, sys
for source, address, port in json.loads(sys.argv[1]):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.settimeout(float(sys.argv[2]))
    sock.bind((source, 0))
    try:
        sock.connect((address, port))
        print("open")
    except TimeoutError:
        print("timeout")
    except ConnectionRefusedError:
        print("refused")
    except OSError as unreachable:
        print(unreachable.errno)
    sock.close()
"""
SILENCE_S = "0.5"
"""How long nothing must come; on loopback an answer takes microseconds."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with certain rights: the words before each command, and his Python."""

    prefix: tuple[str, ...]
    python: str

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        whole = {
            **{key: value for key, value in os.environ.items() if key != "XDG_RUNTIME_DIR"},
            "PYTHONPATH": os.pathsep.join([REPOSITORY, *PACKAGES]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **environment,
        }
        return subprocess.run([*self.prefix, *command], env=whole, capture_output=True, text=True, check=False, cwd="/")

    def lab(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `lab …`."""
        return self.run(self.python, "-P", "-m", "lab.cli", *arguments, **environment)

    def lab_json(self, *arguments: str, **environment: str) -> dict[str, Any]:
        """Run `lab … --json`, which must succeed."""
        done = self.lab(*arguments, "--json", **environment)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def ask(self, pid: int, *questions: tuple[str, str, int]) -> list[str]:
        """Connect inside the namespace of a process."""
        user = [] if not self.prefix else ["-U", "--preserve-credentials"]
        asked = json.dumps(questions)
        done = self.run("nsenter", *user, "-n", "-t", str(pid), self.python, "-c", ASK, asked, SILENCE_S)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

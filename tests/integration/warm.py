"""A server that has imported the command line once and forks for each command. Run as a script.

A command spends most of its time importing; here it is still a process of its own, with its own outputs, environment
and exit code. The console script itself is held by every test that starts it (`command.start`, or with options).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

from sekisho.cli import main as command_line


def serve(listening: socket.socket) -> None:
    """Take one command after the other until we are killed."""
    command_line.build([])  # imports every command
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    while True:
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            attend(connection)
            os._exit(0)
        connection.close()


def attend(connection: socket.socket) -> None:
    """Run one command and tell its exit code."""
    raw, outputs, _, _ = socket.recv_fds(connection, 1 << 20, 2)
    request = json.loads(raw)
    worker = os.fork()
    if worker == 0:
        connection.close()
        run(request, outputs)
    _, status = os.waitpid(worker, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def run(request: dict[str, dict[str, str]], outputs: list[int]) -> None:
    """Become the command; never returns."""
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = ["sekisho", *request["arguments"]]
    for output, number in zip(outputs, (1, 2), strict=True):
        os.dup2(output, number)
    code = 1
    try:
        command_line.main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))

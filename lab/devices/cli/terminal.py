"""A device's terminal without any network: keys in, screen out."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from lab.devices.cli.lines import Shell, Turn
from lab.devices.cli.pager import Pager

LONGEST_LINE = 4096
ATTEMPTS = 3
BACKSPACES = frozenset({0x08, 0x7F})
CANCEL = 0x03
LINE_ENDS = frozenset({0x0D, 0x0A})
AFTER_RETURN = frozenset({0x0A, 0x00})
"""What may follow a carriage return as part of one line end (RFC 854)."""

CheckLogin = Callable[[str, str], bool]


class _Waits(Enum):
    """What the next keys are for."""

    USER = auto()
    PASSWORD = auto()
    COMMAND = auto()
    ADMIN_PASSWORD = auto()
    PAGER = auto()


class Terminal:
    """One session at a device, from the first prompt to the end."""

    def __init__(self, shell: Shell, *, asks_login: bool, check_login: CheckLogin, page_lines: int) -> None:
        """Begin; asks_login: False where the transport has done it (SSH)."""
        self.is_over = False
        self._shell = shell
        self._asks_login = asks_login
        self._check_login = check_login
        self._pager = Pager(shell.platform.pager, page_lines)
        self._waits = _Waits.COMMAND
        self._typed = bytearray()
        self._user = ""
        self._attempts = 0
        self._was_return = False

    def open(self) -> bytes:
        """Give what the device shows first."""
        return _wire(self._ask_login() if self._asks_login else self._enter())

    def receive(self, keys: bytes) -> bytes:
        """Give what the device shows in answer to keys."""
        return b"".join(_wire(self._key(key)) for key in keys if not self.is_over)

    def _ask_login(self) -> str:
        """Ask for the name, or for the password where no name is asked for."""
        platform = self._shell.platform
        self._waits = _Waits.USER if platform.user_prompt else _Waits.PASSWORD
        return self._shell.fill(platform.user_prompt or platform.password_prompt)

    def _enter(self) -> str:
        """Show the welcome and the prompt."""
        self._waits = _Waits.COMMAND
        return self._shell.fill(self._shell.platform.welcome) + self._shell.prompt

    def _key(self, key: int) -> str:
        """Take one key."""
        was_return, self._was_return = self._was_return, key == 0x0D  # noqa: PLR2004 - carriage return
        if was_return and key in AFTER_RETURN:
            return ""
        if self._waits is _Waits.PAGER:
            shown = self._pager.key(key)
            if self._pager.is_done:
                self._waits = _Waits.COMMAND
                shown += self._shell.prompt
            return shown
        if key in LINE_ENDS:
            line, self._typed = self._typed.decode(errors="replace"), bytearray()
            return "\n" + self._line(line)
        if key == CANCEL:
            self._typed.clear()
            return "\n" + self._shell.prompt if self._waits is _Waits.COMMAND else ""
        return self._edit(key)

    def _edit(self, key: int) -> str:
        """Change the line that is being typed; passwords aren't shown."""
        is_shown = self._waits in (_Waits.USER, _Waits.COMMAND)
        if key in BACKSPACES:
            if not self._typed:
                return ""
            del self._typed[-1]
            return "\b \b" if is_shown else ""
        if len(self._typed) < LONGEST_LINE and key >= 0x20:  # noqa: PLR2004 - the first printable character
            self._typed.append(key)
            return chr(key) if is_shown else ""
        return ""

    def _line(self, line: str) -> str:
        """Take a whole line."""
        if self._waits is _Waits.USER:
            self._user, self._waits = line.strip(), _Waits.PASSWORD
            return self._shell.fill(self._shell.platform.password_prompt)
        if self._waits is _Waits.PASSWORD:
            return self._password(line)
        turn = self._shell.admin_password(line) if self._waits is _Waits.ADMIN_PASSWORD else self._shell.command(line)
        return self._show(turn)

    def _password(self, password: str) -> str:
        """Let in, or ask again a few times."""
        if self._check_login(self._user, password):
            return self._enter()
        self._attempts += 1
        self.is_over = self._attempts == ATTEMPTS
        return self._shell.platform.login_failed + ("" if self.is_over else self._ask_login())

    def _show(self, turn: Turn) -> str:
        """Show an answer, page by page where it is long."""
        if turn.leaves:
            self.is_over = True
            return turn.text
        if turn.asks_password:
            self._waits = _Waits.ADMIN_PASSWORD
            return turn.text
        self._waits = _Waits.COMMAND
        if not self._shell.is_paged:
            return turn.text + self._shell.prompt
        shown = self._pager.start(turn.text)
        if not self._pager.is_done:
            self._waits = _Waits.PAGER
            return shown
        return shown + self._shell.prompt


def _wire(screen: str) -> bytes:
    """Give what goes to the terminal."""
    return screen.replace("\n", "\r\n").encode()

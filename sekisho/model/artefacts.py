"""Words and figures for answers that come from something in between, and for being shut out: attempts' details."""

from __future__ import annotations

from typing import Final

ALL_OPEN_FROM: Final = 10
"""From this many asked ports on, "all of them open" is read as a device in between that accepts everything. Ours."""
ALL_OPEN: Final = "all_open"
"""Detail of a `middlebox`: every asked port accepted."""
CAPTIVE_FROM: Final = 3
"""So many devices that lead to one and the same other host by plain HTTP are read as one gateway's doing. Ours."""
CAPTIVE: Final = "captive portal: "
"""Begins the detail of a `middlebox` that led elsewhere; the host it led to follows."""
BANNED: Final = "shut out: "
"""Begins the detail of what was refused, or not asked any more, because a host shut us out in mid-survey."""
FELL_SILENT: Final = "fell silent: "
"""Begins the detail of what was not asked any more, because a host that had answered was not there any more."""
BANNED_AFTER: Final = 3
"""So many refused connects in a row to ports that were open mean that a host shut us out; so many notes that it
can't be reached, that it is gone. Ours."""

"""The way to one port: asks, repeats once, counts, and gives an answer only if it belongs to the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scanners.ike.build import Ours
from scanners.ike.parse import Message, parse_message
from sekisho.errors import ParseError
from sekisho.gate.wire import Job, Wire

MOST_DATAGRAMS: Final = 54


@dataclass(slots=True)
class Line:
    """One job's conversation with one port. heard: it has answered."""

    job: Job
    wire: Wire
    sent: int = 0
    heard: bool = False

    async def ask(self, payload: bytes, ours: Ours, *, repeat: bool = True) -> Message | None:
        """Send a message, once more if nothing comes; give the answer to it, None without one.

        Raises: ConnectFailed when an ICMP error says that nobody will answer.
        """
        for _ in range(2 if repeat else 1):
            if self.sent >= MOST_DATAGRAMS:
                return None
            self.sent += 1
            for reply in await self.wire.ask(self.job.target, payload, give_up=True):
                self.heard = True
                return fitting(reply, ours.spi)
        return None


def fitting(reply: bytes, spi: bytes) -> Message | None:
    """Read a datagram if it is a message of IKE that answers ours, by the SPI that we made."""
    try:
        message = parse_message(reply)
    except ParseError:
        return None
    return message if message.spis[0] == spi and message.response else None

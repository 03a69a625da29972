"""What a scanner gets to work with: its job and the wire. Everything it does is admitted, paced and recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sekisho.model.attempts import Outcome
from sekisho.model.subjects import Subject
from sekisho.scope import AdmittedTarget


@dataclass(frozen=True, slots=True)
class Job:
    """One unit of work: done once, recorded whole, resumed whole.

    id: `<vantage>|<scanner>|<subject>[|part]`. targets: never empty; all on one host (or one segment for layer 2).
    options: recorded in the transcript. secrets: values by name (`community`), never recorded; the wire blanks them.
    """

    id: str
    scanner: str
    subject: Subject
    vantage: str
    targets: tuple[AdmittedTarget, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def target(self) -> AdmittedTarget:
        """The only target of a job on one service."""
        (target,) = self.targets
        return target


class ConnectFailed(Exception):  # noqa: N818 - an answer of the network, not an error of ours
    """A connect did not succeed; outcome is refused, timeout, host_gone or filtered. Already recorded."""

    def __init__(self, outcome: Outcome) -> None:
        """Keep the typed outcome."""
        super().__init__(outcome.value)
        self.outcome = outcome


class Stream(Protocol):
    """One TCP connection. Sending and receiving are paced and recorded; secrets are blanked in the record."""

    @property
    def number(self) -> int:
        """Number of the connection within the transcript."""
        ...

    async def send(self, data: bytes) -> None:
        """Send all of data. Raises: ConnectFailed (host_gone) when the peer is gone."""
        ...

    async def receive(self, limit: int = 16384, *, timeout_s: float | None = None) -> bytes:
        """Give 1 to limit bytes as they come; b"" when the peer closed, reset or stayed silent for timeout_s.

        Which of the three it was stands in the transcript and in `ended`. Default timeout: the pace profile's.
        Raises: CutOffError when the host used up the time it gets (ADR 0019); the job ends there, as a timeout.
        """
        ...

    @property
    def ended(self) -> str:
        """Why the last receive gave b"": `closed`, `reset`, `silent`; "" while data flows."""
        ...

    def record_plain(self, *, sent: bytes = b"", received: bytes = b"") -> None:
        """Record application bytes of an encrypted connection (PLAIN_SENT, PLAIN_RECEIVED)."""
        ...

    async def close(self, *, abort: bool = False) -> None:
        """Close in order (FIN); abort sends a reset, for peers that would never close."""
        ...


class Wire(Protocol):
    """The gate as one job sees it."""

    async def connect(self, target: AdmittedTarget, *, timeout_s: float | None = None) -> Stream:
        """Open one TCP connection. Raises: ConnectFailed with the typed outcome."""
        ...

    async def ask(
        self, target: AdmittedTarget, payload: bytes, *, wait_s: float | None = None, answers: int = 1,
        farewell: Callable[[bytes], bytes] | None = None, give_up: bool = False,
    ) -> list[bytes]:  # fmt: skip
        """Send one UDP datagram and collect at most `answers` replies from that address and port.

        farewell: makes of the first reply a last datagram of one packet from the same port, so that the host need not
        keep a session open or repeat itself; b"" for none. Nothing is awaited after it. After a stop it stays unsaid.
        give_up: an ICMP error raises ConnectFailed (refused by the host itself, filtered by somebody else, host_gone)
        instead of ending the wait, since asking on is of no use.
        """
        ...

    async def echo(self, target: AdmittedTarget, *, wait_s: float | None = None) -> bool:
        """Send one ICMP or ICMPv6 echo request; True if it was answered. Raises: ProbeError without the privilege."""
        ...

    async def resolve_link(self, target: AdmittedTarget) -> str | None:
        """Ask ARP or neighbour discovery for the target's MAC on the own segment; None when silent or not on-link."""
        ...

    def is_on_link(self, target: AdmittedTarget) -> bool:
        """Tell whether the target is a neighbour, one that can be asked for its MAC. Sends nothing."""
        ...

    async def syn(self, targets: Sequence[AdmittedTarget], *, control: AdmittedTarget | None = None) -> dict[int, str]:
        """Send one crafted SYN per target (as root); port → open | closed | filtered | unreachable | silent.

        What answers with SYN-ACK is reset. control: a port of the host that is known to answer; it is asked with every
        batch, and where it stays silent, packets got lost: silent ports are asked once more, slowly.
        """
        ...

    async def run_tool(self, targets: Sequence[AdmittedTarget], program: str, arguments: Sequence[str]) -> bytes:
        """Start a scanner program for one host and give its standard output. Raises: ProbeError if it is missing."""
        ...

    def note(self, text: str) -> None:
        """Record a remark of the scanner itself in the transcript."""
        ...

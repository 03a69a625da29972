"""A TLS server as a rule from offer to answer, without a byte: what the planner is tested against, exhaustively."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from cryptography.hazmat.primitives.serialization import Encoding

from scanners.tls.asks import FALLBACK_SCSV, Ask, is_signed, needs_group, signatures_without
from scanners.tls.flight import Flight
from scanners.tls.groups import group_bits, group_name
from scanners.tls.hello import said
from scanners.tls.knowledge import NEWEST_FIRST
from scanners.tls.parse import KeyExchange, ServerHello
from scanners.tls.plan import Wish, next_ask
from scanners.tls.records import Alert
from scanners.tls.suites import suite_name
from scanners.tls.tries import Try, judge
from sekisho.model.transcript import EventKind
from tests.unit.scanners.certs import certificate

P256 = 23
FAMILIES = ("rsa", "ec", "ed25519", "ed448", "dsa")


@cache
def leaf(kind: str) -> bytes:
    return certificate(kind).public_bytes(Encoding.DER)


@dataclass
class Server:
    """suites, per version, and groups (old versions, TLS 1.3): in the server's own order.

    own_suites, own_groups: its order decides, not the client's. kinds: keys of its certificates. refusal: alert, or how
    it ends the connection instead. signs: algorithms by version, in its own order; none: whatever is offered.
    protocols: of ALPN; with some, a client that offers none of them is refused (RFC 7301 §3.2). binds_curve: an EC
    certificate is used only where its curve is on offer.
    """

    suites: dict[str, tuple[int, ...]]
    old_groups: tuple[int, ...] = (29, 23)
    new_groups: tuple[int, ...] = (29, 23)
    own_suites: bool = False
    own_groups: bool = False
    kinds: tuple[str, ...] = ("rsa",)
    refusal: str = "alert"
    binds_curve: bool = True
    knows_fallback: bool = True
    has_ssl2: bool = False
    asks_client: bool = False
    signs: dict[str, tuple[int, ...]] = field(default_factory=dict)
    protocols: tuple[str, ...] = ()
    disturb: Callable[[int], str] = field(default=lambda _: "", repr=False)
    offers: list[Ask] = field(default_factory=list, repr=False)

    def groups(self, version: str) -> tuple[int, ...]:
        return self.new_groups if version == "tls1.3" else self.old_groups

    def answer(self, ask: Ask) -> Try:
        self.offers.append(ask)
        trouble = self.disturb(len(self.offers))
        flight = Flight(said(ask))
        if trouble == "lost":
            return judge(flight, frozenset({EventKind.TIMEOUT}))
        if trouble:
            return self._refused(flight, 40, trouble)
        if ask.versions == ("ssl2",):
            return self._accepted(Flight(said(ask), "ssl2")) if self.has_ssl2 else self._refused(flight, 70)
        version = next((v for v in NEWEST_FIRST if flight.hello.offers(v) and v in self.suites), "")
        if not version:
            return self._refused(flight, 70)
        newest = next(v for v in NEWEST_FIRST if v in self.suites)
        is_lower = NEWEST_FIRST.index(newest) < NEWEST_FIRST.index(ask.versions[0])
        if FALLBACK_SCSV in ask.suites and is_lower and self.knows_fallback:
            return judge(self._with_alert(flight, 86), frozenset({EventKind.CONNECTED, EventKind.SENT}))
        return self._choose(flight, ask, version)

    def _choose(self, flight: Flight, ask: Ask, version: str) -> Try:
        shared_protocols = [p for p in self.protocols if p in ask.alpn]
        if self.protocols and ask.alpn and not shared_protocols:
            return judge(self._with_alert(flight, 120), frozenset({EventKind.CONNECTED, EventKind.SENT}))
        shared = [g for g in self.groups(version) if g in ask.groups] if version != "ssl3" else [*self.old_groups]
        if not self.own_groups and version != "ssl3":
            shared.sort(key=ask.groups.index)
        possible = [s for s in self.suites[version] if s in ask.suites and self._works(s, ask, version, shared)]
        kind = next(
            (k for k in self.kinds if set(signatures_without(frozenset(FAMILIES) - {k})) & {*ask.signatures}), ""
        )
        signs = [c for c in self.signs.get(version, ask.signatures) if c in ask.signatures]
        if not signs and version in self.signs:  # what needs no signature is left
            possible = [s for s in possible if not is_signed(s, version)]
        if not possible or (version == "tls1.3" and not kind):
            return self._refused(flight, 40)
        if not self.own_suites:
            possible.sort(key=ask.suites.index)
        name = suite_name(possible[0])
        exchange = None
        if version == "tls1.3" or name.startswith(("TLS_ECDHE_", "TLS_ECDH_anon")):
            exchange = KeyExchange("ecdhe", group_name(shared[0]), group_bits(shared[0]), shared[0])
        elif name.startswith(("TLS_DHE_", "TLS_DH_anon")):
            exchange = KeyExchange("dhe", "dh2048", 2048)
        if (
            exchange
            and version in self.signs
            and is_signed(possible[0], version)
            and (ask.shares or version != "tls1.3")
        ):
            exchange = replace(exchange, signature=signs[0])
        if version != "tls1.3":
            kind = "ec" if "ECDSA" in name else "" if "anon" in name else "rsa"
        is_shown = kind and (ask.shares or version != "tls1.3")
        hello = ServerHello(0x0303, bytes(32), b"", possible[0], 0, {})
        return self._accepted(
            Flight(
                flight.hello, version, name, possible[0], hello, (leaf(kind),) if is_shown else (), exchange=exchange,
                asked=self.asks_client if is_shown else None, is_done=True,
                alpn=shared_protocols[0] if shared_protocols and (ask.shares or version != "tls1.3") else "",
            )
        )  # fmt: skip

    def _works(self, suite: int, ask: Ask, version: str, shared: Sequence[int]) -> bool:
        if needs_group(suite, version) and not shared:
            return False
        is_bound = version not in {"tls1.3", "ssl3"} and self.binds_curve and "ECDSA" in suite_name(suite)
        return not is_bound or P256 in ask.groups

    def _refused(self, flight: Flight, description: int, how: str = "") -> Try:
        kinds = {EventKind.CONNECTED, EventKind.SENT}
        if (how or self.refusal) == "alert":
            return judge(self._with_alert(flight, description), frozenset(kinds))
        ends = {"reset": EventKind.PEER_RESET, "closed": EventKind.PEER_CLOSED, "silent": EventKind.TIMEOUT}
        return judge(flight, frozenset({*kinds, ends[how or self.refusal]}))

    def _with_alert(self, flight: Flight, description: int) -> Flight:
        return Flight(flight.hello, alert=Alert(2, description), is_tls=True, is_done=True)

    def _accepted(self, flight: Flight) -> Try:
        return judge(flight, frozenset({EventKind.CONNECTED, EventKind.SENT}))


class Answering(Protocol):
    """Whatever answers offers: one server, or several behind one address."""

    def answer(self, ask: Ask) -> Try: ...


def survey(server: Answering, wish: Wish | None = None) -> list[Try]:
    """Ask a server everything, as the probe does when no connect is lost for good."""
    tries: list[Try] = []
    while (ask := next_ask(tries, wish or Wish())) is not None:
        tries.append(server.answer(ask))
        assert len(tries) < 200, "the plan does not end"
    return tries

"""What can be known of a TLS service, in one form for the configuration and for every tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scanners.tls.groups import group_name
from scanners.tls.suites import suite_name
from sekisho.model.facts import CertificateChain, Fact, TlsClientAuth, TlsVersions
from sekisho.model.ssh_facts import SshHostKey, SshOffer
from sekisho.model.tls_facts import TlsSuites
from sekisho.model.vpn_facts import IkeAnswer

KINDS: Final = ("version", "suite", "group", "key", "client")
"""Version; version and suite; group, whatever the version; kind of certificate key; how a client's is asked for."""

SSH_KINDS: Final = ("kex", "host key", "cipher", "mac", "shown key")

IKE_KINDS: Final = ("exchange", "encryption", "hash", "group")
"""Exchange that is answered with a choice; the others by version of IKE. hash: of integrity, proof and key."""

Found = frozenset[tuple[str, ...]]


def kinds_of(asked: Sequence[str]) -> tuple[str, ...]:
    """Give the kinds of facts of a protocol, by those that a tool was asked for."""
    return next(k for k in (KINDS, SSH_KINDS, IKE_KINDS) if k[0] in asked)


@dataclass(frozen=True, slots=True)
class Compared:
    """What one tool said, held against the truth."""

    found: Found
    missed: Found
    wrong: Found

    def of(self, kind: str) -> tuple[int, int]:
        """Count found and true facts of one kind."""
        right = sum(f[0] == kind for f in self.found)
        return right, right + sum(f[0] == kind for f in self.missed)


def compare(truth: Found, said: Found) -> Compared:
    """Hold one against the other."""
    return Compared(truth & said, truth - said, said - truth)


def suite_fact(version: str, code: int) -> tuple[str, ...]:
    """Give the fact that a suite is taken with a version."""
    return ("suite", version, suite_name(code))


def group_fact(group: int) -> tuple[str, ...]:
    """Give the fact that a group is taken. The numbers that TLS 1.3 gave the Brainpool curves are no other groups."""
    return ("group", group_name(group).removesuffix("tls13"))


def is_signal(name: str) -> bool:
    """Tell whether an entry in a list of key exchanges is none: strict order, further extensions."""
    return name.startswith(("kex-strict-", "ext-info-"))


def ours(facts: Iterable[Fact]) -> Found:
    """Read the facts of our own scanner; what it only infers counts as said."""
    said: set[tuple[str, ...]] = set()
    for fact in facts:
        if isinstance(fact, TlsVersions):
            said |= {("version", v) for v in fact.accepted}
        elif isinstance(fact, TlsSuites):
            said |= {("suite", v.version, s) for v in fact.versions for s in v.suites}
            keys = ((v.version, k) for v in fact.versions for k in (*v.exchanges, *v.groups_inferred))
            named = {k.group.removesuffix("tls13") for v, k in keys if k.kind == "ecdhe" or v == "tls1.3"}
            said |= {("group", name) for name in named}
        elif isinstance(fact, CertificateChain) and fact.chain:
            said.add(("key", fact.chain[0].key))
        elif isinstance(fact, SshOffer):
            lists = {"kex": fact.kex, "host key": fact.host_keys, "cipher": fact.ciphers, "mac": fact.macs}
            said |= {(k, n) for k, names in lists.items() for n in names if not is_signal(n)}
        elif isinstance(fact, SshHostKey):
            said.add(("shown key", fact.key_type))
        elif isinstance(fact, TlsClientAuth) and fact.requested is not None:
            said.add(("client", ("require" if fact.refused_without else "request") if fact.requested else "none"))
        elif isinstance(fact, IkeAnswer) and fact.accepted:
            said |= set(_of_ike(fact))
    return frozenset(said)


def _of_ike(fact: IkeAnswer) -> Iterator[tuple[str, ...]]:
    """Read what an IKE responder took."""
    version = str(fact.version)
    yield "exchange", fact.exchange
    lists = {"encryption": fact.encryption, "hash": (*fact.integrity, *fact.prf), "group": fact.groups}
    for kind, names in lists.items():
        yield from ((kind, version, name) for name in names)

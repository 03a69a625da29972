"""Look-up of observations by type and subject, built once per assessment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

from sekisho.model.facts import Fact
from sekisho.model.observations import Observation
from sekisho.model.subjects import IPAddress, Subject, address_of

T = TypeVar("T")


class Index:
    """Observations grouped by fact type, subject and address, each group sorted by observation id."""

    def __init__(self, observations: Iterable[Observation[Fact]]) -> None:
        """Sort and group; the order of what comes in does not matter."""
        self.all: tuple[Observation[Fact], ...] = tuple(sorted(observations, key=lambda o: o.id))
        self._by_type: dict[type, dict[Subject, list[Observation[Fact]]]] = defaultdict(lambda: defaultdict(list))
        self._by_address: dict[IPAddress, list[Observation[Fact]]] = defaultdict(list)
        for seen in self.all:
            self._by_type[type(seen.value)][seen.subject].append(seen)
            if (address := address_of(seen.subject)) is not None:
                self._by_address[address].append(seen)

    def of(self, kind: type[T], subject: Subject) -> tuple[Observation[T], ...]:
        """Give the observations of one type on one subject."""
        group: Sequence[Observation[Fact]] = self._by_type.get(kind, {}).get(subject, ())
        return cast("tuple[Observation[T], ...]", tuple(group))

    def every(self, kind: type[T]) -> tuple[Observation[T], ...]:
        """Give all observations of one type, sorted by subject and id."""
        groups = self._by_type.get(kind, {})
        return cast("tuple[Observation[T], ...]", tuple(o for s in sorted(groups) for o in groups[s]))

    def subjects(self, kind: type) -> tuple[Subject, ...]:
        """Give the subjects that have an observation of one type, sorted."""
        return tuple(sorted(self._by_type.get(kind, {})))

    def at(self, address: IPAddress) -> tuple[Observation[Fact], ...]:
        """Give everything observed at one address, its services included."""
        return tuple(self._by_address.get(address, ()))

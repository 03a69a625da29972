"""A function's arguments as one string of bytes, and back: what a fuzzer can mutate. Total in both directions."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_WORD: Final = 2  # bytes of a number and of a length


@dataclass(frozen=True, slots=True)
class Parameter:
    """One required parameter. kind: one of KINDS. words: all that a str can be, () for anything."""

    name: str
    kind: Any
    words: tuple[str, ...] = ()


KINDS: Final[tuple[Any, ...]] = (bytes, int, bool, str, Mapping[int, bytes])


def parameters_of(function: Callable[..., Any], words: Mapping[str, tuple[str, ...]]) -> tuple[Parameter, ...] | None:
    """Give a function's required parameters, None when one of them is of a kind that bytes can't be made into."""
    inner = inspect.unwrap(function)
    try:
        hints = typing.get_type_hints(inner)
    except NameError:  # a name that exists for type checkers alone; a parser has none of these
        return None
    required = [p for p in inspect.signature(inner).parameters.values() if p.default is p.empty]
    if any(p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} or hints.get(p.name) not in KINDS for p in required):
        return None
    return tuple(Parameter(p.name, hints[p.name], words.get(p.name, ())) for p in required)


def take(data: bytes, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Make arguments of bytes; the last parameter of kind bytes gets what the others leave."""
    left = _Left(data)
    rest = next((p.name for p in reversed(parameters) if p.kind is bytes), "")
    values = {p.name: left.value(p) for p in parameters if p.name != rest}
    return values | ({rest: left.data} if rest else {})


def give(values: Mapping[str, Any], parameters: Sequence[Parameter]) -> bytes:
    """Make bytes of arguments, so that `take` gives them again as far as they fit."""
    rest = next((p.name for p in reversed(parameters) if p.kind is bytes), "")
    head = b"".join(_packed(values[p.name], p) for p in parameters if p.name != rest)
    return head + (bytes(values[rest]) if rest else b"")


class _Left:
    """Bytes that are taken from the front; where there are none left, zeros and nothing."""

    def __init__(self, data: bytes) -> None:
        """Take all of it."""
        self.data = data

    def value(self, parameter: Parameter) -> Any:  # noqa: ANN401 - of the parameter's kind
        """Make one argument."""
        if parameter.kind is bytes:
            return self._cut(self._number())
        if parameter.kind is str:
            words = parameter.words
            return words[self._number() % len(words)] if words else self._cut(self._number()).decode("utf-8", "replace")
        if parameter.kind is bool:
            return bool(self._number() & 1)
        if parameter.kind is int:
            return self._number()
        return {self._number(): self._cut(self._number()) for _ in range(self._number() & 3)}

    def _number(self) -> int:
        """Take a number."""
        return int.from_bytes(self._cut(_WORD), "big")

    def _cut(self, size: int) -> bytes:
        """Take so many bytes, or what there is."""
        cut, self.data = self.data[:size], self.data[size:]
        return cut


def _packed(value: Any, parameter: Parameter) -> bytes:  # noqa: ANN401 - of the parameter's kind
    """Make bytes of one argument."""
    if parameter.kind is bytes:
        return _sized(value)
    if parameter.kind is str:
        words = parameter.words
        return _word(words.index(value) if value in words else 0) if words else _sized(value.encode("utf-8", "replace"))
    if isinstance(value, (bool, int)):
        return _word(value)
    pairs = list(value.items())[:3]
    return _word(len(pairs)) + b"".join(_word(key) + _sized(said) for key, said in pairs)


def _word(number: int) -> bytes:
    """Write a number."""
    return (number & 0xFFFF).to_bytes(_WORD, "big")


def _sized(data: bytes) -> bytes:
    """Write bytes behind their length."""
    data = data[:0xFFFF]
    return _word(len(data)) + data

"""The lines of a configuration → its blocks: one tree for every platform, in the five ways that configurations nest.

Facts are read from the tree alone. Every significant line is in it, at the place where the device would put it, with
its number. Pure and total: a line that fits nowhere stands at the top with a fault, and nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from scanners.configs.text import Line

MOST_DEPTH: Final = 64
"""Deeper than any device nests; what would go deeper stays at this depth, so that no file makes a reader recurse."""

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"?|[{};]|#.*|/\*.*?(?:\*/|$)|[^\s{};"#][^\s{};"]*')
"""Of the brace form: what stands in quotes, a mark, a comment, a word; brackets are words of their own as written."""


@dataclass(slots=True)
class Block:
    """One statement with what stands below it.

    words: the line's words (indented, selected, edited forms), or the one name of a level (set and brace forms), quotes
    taken away. line: where it was first written, from 1; 0 for the root. lines: every line that names or closes it.
    named: the children by name (set and brace forms). depth: how many levels are above it.
    """

    words: tuple[str, ...]
    line: int = 0
    children: list[Block] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    named: dict[str, Block] = field(default_factory=dict, repr=False)
    depth: int = 0

    def walk(self) -> Iterator[Block]:
        """Give everything below, in order."""
        waiting = list(reversed(self.children))
        while waiting:
            block = waiting.pop()
            yield block
            waiting.extend(reversed(block.children))

    def find(self, *words: str) -> list[Block]:
        """Give the direct children that begin with these words."""
        return [child for child in self.children if child.words[: len(words)] == words]

    def under(self, *names: str) -> list[Block]:
        """Follow names down, one a level (set and brace forms); `*` follows every one."""
        found = [self]
        for name in names:
            found = [child for block in found for child in block.children if name in {"*", child.words[0]}]
        return found


@dataclass(frozen=True, slots=True)
class Tree:
    """A configuration. significant: the lines that say something. faults: lines whose place could not be told."""

    root: Block
    significant: frozenset[int]
    faults: frozenset[int] = frozenset()


def words_of(text: str) -> tuple[str, ...]:
    """Split a line into words; double quotes make one word and are taken away, a backslash keeps what follows it."""
    words: list[str] = []
    word, is_quoted, is_open = "", False, False
    characters = iter(text)
    for c in characters:
        if is_open and c == "\\":
            word += next(characters, "")
        elif c == '"':
            is_open, is_quoted = not is_open, True
        elif c.isspace() and not is_open:
            if word or is_quoted:
                words.append(word)
            word, is_quoted = "", False
        else:
            word += c
    if word or is_quoted:
        words.append(word)
    return tuple(words)


def build_indented(lines: Sequence[Line], *, comment: str = "!") -> Tree:
    """Nest by indentation: Cisco IOS and ASA, AlliedWare Plus, NEC IX, ALAXALA."""
    root = Block(())
    open_blocks: list[tuple[int, Block]] = [(-1, root)]
    significant: set[int] = set()
    for line in lines:
        if line.text.lstrip().startswith(comment):
            continue
        significant.add(line.number)
        while open_blocks[-1][0] >= line.indent:
            open_blocks.pop()
        block = Block(words_of(line.text), line.number, lines=[line.number])
        open_blocks[-1][1].children.append(block)
        if len(open_blocks) < MOST_DEPTH:
            open_blocks.append((line.indent, block))
    return Tree(root, frozenset(significant))


def build_selected(
    lines: Sequence[Line], opens: Callable[[tuple[str, ...]], bool], closes: Callable[[tuple[str, ...]], bool]
) -> Tree:
    """Nest by state: a line that selects something holds for all that follow, until another does (YAMAHA).

    opens: tells whether words select. closes: tells whether they return to the top.
    """
    root = Block(())
    selected = root
    significant: set[int] = set()
    for line in lines:
        words = words_of(line.text)
        if not words or words[0].startswith("#"):
            continue
        significant.add(line.number)
        block = Block(words, line.number, lines=[line.number])
        if opens(words) or closes(words):
            root.children.append(block)
            selected = block if opens(words) else root
        else:
            selected.children.append(block)
    return Tree(root, frozenset(significant))


def build_edited(lines: Sequence[Line]) -> Tree:
    """Nest by `config`/`edit` and `next`/`end` (FortiOS). A value in quotes may go over several lines."""
    root = Block(())
    stack = [root]
    significant: set[int] = set()
    faults: set[int] = set()
    for line, text, numbers in _joined(lines):
        words = words_of(text)
        if not words or words[0].startswith("#"):
            continue
        significant.update(numbers)
        if words[0] in {"end", "next"}:
            opener = "config" if words[0] == "end" else "edit"
            at = next((i for i in range(len(stack) - 1, 0, -1) if stack[i].words[0] == opener), 0)
            faults.update(numbers if at == 0 else ())
            stack[at].lines.extend(numbers)
            del stack[max(at, 1) :]
            continue
        block = Block(words, line, lines=list(numbers))
        stack[-1].children.append(block)
        if words[0] in {"config", "edit"} and len(stack) < MOST_DEPTH:
            stack.append(block)
    return Tree(root, frozenset(significant), frozenset(faults))


def build_set(lines: Sequence[Line], *, verb: str = "set") -> Tree:
    """Nest by the words of `set …` lines, one level a word; `[ a b ]` stands for several (Junos, PAN-OS)."""
    root = Block(())
    significant: set[int] = set()
    faults: set[int] = set()
    for line in lines:
        words = words_of(line.text)
        if not words or words[0].startswith("#"):
            continue
        significant.add(line.number)
        if words[0] == verb and len(words) > 1:
            _insert(root, words[1:], line.number)
        else:  # deactivate, delete, a prompt: kept whole, for its reader to see
            faults.add(line.number)
            root.children.append(Block(words, line.number, lines=[line.number]))
    return Tree(root, frozenset(significant), frozenset(faults))


def build_braced(lines: Sequence[Line]) -> Tree:
    """Nest by braces, statements end with `;` (Junos, PAN-OS), into the same tree as the set form of the same thing."""
    root = Block(())
    stack: list[Block] = [root]
    significant: set[int] = set()
    faults: set[int] = set()
    pending: list[str] = []
    for line in lines:
        for written in _TOKEN.findall(line.text):
            if written.startswith(("#", "/*")):
                continue
            significant.add(line.number)
            if written not in {"{", "}", ";"}:
                pending.append(written)
                continue
            if written == "}":
                faults.update({line.number} if len(stack) == 1 or pending else ())
                del stack[max(len(stack) - 1, 1) :]
            else:
                block = _insert(stack[-1], _unquoted(pending), line.number)
                stack.extend([block] if written == "{" else [])
            pending.clear()
    if pending or len(stack) > 1:
        faults.add(max(significant))
        _insert(stack[-1], _unquoted(pending), lines[-1].number)
    return Tree(root, frozenset(significant), frozenset(faults))


def _insert(block: Block, words: tuple[str, ...], line: int) -> Block:
    """Go down one level a word, making what is not there yet; a list in brackets ends the way with several."""
    block.lines.append(line)
    opening = words.index("[") if "[" in words else len(words)
    for word in words[:opening]:
        block = _below(block, word, line)
    for word in words[opening:]:
        if word not in {"[", "]"}:
            _below(block, word, line)
    return block


def _below(block: Block, name: str, line: int) -> Block:
    """Give the child of that name, made if need be; at the deepest level the block itself."""
    found = block.named.get(name)
    if found is None:
        found = block.named[name] = Block((name,), line, depth=block.depth + 1)
        block.children.append(found)
    found.lines.append(line)
    return found if found.depth < MOST_DEPTH else block


def _unquoted(tokens: Sequence[str]) -> tuple[str, ...]:
    """Take the quotes from words of the brace form."""
    return words_of(" ".join(tokens))


def _joined(lines: Sequence[Line]) -> Iterator[tuple[int, str, tuple[int, ...]]]:
    """Join lines while a quote is open. Gives: the first number, the text, all numbers."""
    parts: list[Line] = []
    is_open = False
    for line in lines:
        parts.append(line)
        is_open ^= line.text.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 1
        if not is_open:
            yield _as_one(parts)
            parts.clear()
    if parts:
        yield _as_one(parts)


def _as_one(parts: Sequence[Line]) -> tuple[int, str, tuple[int, ...]]:
    """Write several lines as one."""
    return parts[0].number, "\n".join(p.text for p in parts), tuple(p.number for p in parts)

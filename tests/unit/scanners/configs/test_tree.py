"""Lines → blocks: every significant line has its place, in all five ways of nesting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.configs.platforms import Platform, recognise_platform
from scanners.configs.text import Line, read_lines
from scanners.configs.tree import (
    MOST_DEPTH,
    Block,
    Tree,
    build_braced,
    build_edited,
    build_indented,
    build_selected,
    build_set,
    words_of,
)

SAMPLES = Path(__file__).parents[5] / "shared/data"


def build_yamaha(lines: Sequence[Line]) -> Tree:
    """Nest as YAMAHA does."""
    selects = ("pp", "tunnel")
    return build_selected(
        lines,
        lambda w: w[0] in selects and w[1:2] == ("select",) and w[2:] != ("none",),
        lambda w: w[0] in selects and w[1:] == ("select", "none"),
    )


BUILDERS: dict[str, Callable[[Sequence[Line]], Tree]] = {
    "indented": build_indented,
    "selected": build_yamaha,
    "edited": build_edited,
    "set": build_set,
    "braced": build_braced,
}


def drawn(block: Block) -> list[object]:
    """Draw a tree as nested lists."""
    return [[" ".join(child.words), *drawn(child)] for child in block.children]


def of(builder: Callable[[Sequence[Line]], Tree], text: str) -> Tree:
    """Build from a text."""
    return builder(read_lines(text.encode()))


def test_indentation() -> None:
    tree = of(
        build_indented, "!\ninterface Gi0/1\n ip address 192.0.2.1 255.255.255.0\n  tag\n!\nline vty 0 4\n login\nend"
    )
    assert drawn(tree.root) == [
        ["interface Gi0/1", ["ip address 192.0.2.1 255.255.255.0", ["tag"]]],
        ["line vty 0 4", ["login"]],
        ["end"],
    ]
    assert tree.significant == {2, 3, 4, 6, 7, 8}


def test_selection() -> None:
    text = "# RTX830 Rev.15.02.26\nip route default gateway pp 1\npp select 1\n pppoe use lan2\npp enable 1\n"
    text += "tunnel select 2\n ipsec tunnel 2\npp select none\nsshd service on\n"
    assert drawn(of(build_yamaha, text).root) == [
        ["ip route default gateway pp 1"],
        ["pp select 1", ["pppoe use lan2"], ["pp enable 1"]],
        ["tunnel select 2", ["ipsec tunnel 2"]],
        ["pp select none"],
        ["sshd service on"],
    ]


def test_edit() -> None:
    text = 'config system admin\n edit "admin"\n  set trusthost1 192.0.2.0 255.255.255.0\n'
    text += "  config gui\n  end\n next\nend\n"
    text += 'config system global\n set banner "two\nlines"\nend\nend\n'
    tree = of(build_edited, text)
    assert drawn(tree.root) == [
        ["config system admin", ["edit admin", ["set trusthost1 192.0.2.0 255.255.255.0"], ["config gui"]]],
        ["config system global", ["set banner two\nlines"]],
    ]
    assert tree.root.children[0].lines == [1, 7]
    assert tree.faults == {12}, "an `end` that ends nothing"


def test_an_end_closes_what_a_missing_next_left_open() -> None:
    tree = of(
        build_edited,
        "config firewall policy\nedit 1\nset action accept\nend\nconfig system ntp\nset status enable\nend",
    )
    assert drawn(tree.root)[1] == ["config system ntp", ["set status enable"]]


def test_set_and_braces_make_the_same_tree() -> None:
    flat = """
set system host-name "edge 1"
set interfaces ge-0/0/0 unit 0 family inet address 192.0.2.1/24
set interfaces ge-0/0/0 unit 0 description "a } in quotes"
set zone z4 network [ ethernet1/4 ethernet1/5 ]
"""
    braced = """
## Last changed: today
system {
    host-name "edge 1"; # why
}
interfaces {
    ge-0/0/0 {
        unit 0 {
            family inet { address 192.0.2.1/24; }
            description "a } in quotes";
        }
    }
}
zone { z4 { network [ ethernet1/4 ethernet1/5 ]; } }
"""
    assert drawn(of(build_set, flat).root) == drawn(of(build_braced, braced).root)
    unit = of(build_braced, braced).root.under("interfaces", "ge-0/0/0", "unit", "0")[0]
    assert unit.line == 8
    assert [b.words[0] for b in unit.under("family", "inet", "address", "*")] == ["192.0.2.1/24"]


@pytest.mark.parametrize("text", ["a { b;", "a }", "} }", "a { b", "a {\n{\n{\n"])
def test_braces_that_do_not_match_are_faults(text: str) -> None:
    assert of(build_braced, text).faults


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('set name "a b"', ("set", "name", "a b")),
        (r'set name "a \"b\" c"', ("set", "name", 'a "b" c')),
        ('set name ""', ("set", "name", "")),
        ('unclosed "a b', ("unclosed", "a b")),
        ("  ", ()),
    ],
)
def test_words(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


def placed(tree: Tree) -> set[int]:
    """Give the numbers of all lines that stand somewhere in the tree."""
    return {number for block in tree.root.walk() for number in block.lines}


@pytest.mark.parametrize("name", BUILDERS)
@given(text=st.text(alphabet=' \n"\\{};[]#!/*abn-x', max_size=300))
def test_every_line_has_its_place(name: str, text: str) -> None:
    tree = of(BUILDERS[name], text)
    assert placed(tree) | set(tree.root.lines) | tree.faults >= tree.significant - _marks_only(name, text)
    assert tree.faults <= tree.significant


def _marks_only(name: str, text: str) -> set[int]:
    """Give the lines of the brace form that hold marks alone: they say where, not what."""
    lines = text.split("\n")
    return {n for n, t in enumerate(lines, 1) if name == "braced"}


@pytest.mark.parametrize("name", BUILDERS)
def test_depth_is_bounded(name: str) -> None:
    deep = {
        "indented": "\n".join(" " * n + "x" for n in range(500)),
        "edited": "config a\n" * 500,
        "set": "set " + " ".join(str(n) for n in range(500)),
        "braced": "a {\n" * 500,
        "selected": "pp select 1\n" * 500,
    }[name]

    def depth(block: Block) -> int:
        levels, found = [block], 0
        while levels := [child for b in levels for child in b.children]:
            found += 1
        return found

    assert depth(of(BUILDERS[name], deep).root) <= MOST_DEPTH + 2


PLATFORM_OF = {
    "cisco_asa": Platform.ASA,
    "fortios": Platform.FORTIOS,
    "juniper": Platform.JUNOS,
    "palo_alto": Platform.PANOS,
}
NO_MARK = {"ospf-intervals", "ospf-network-types"}
"""Two fragments of interfaces alone, which IOS would write the same way."""


@pytest.mark.parametrize("folder", PLATFORM_OF)
def test_platform_of_real_files(folder: str) -> None:
    files = [p for p in sorted((SAMPLES / "batfish" / folder).rglob("*")) if p.is_file()]
    assert len(files) > 30
    seen = {p.name: recognise_platform(read_lines(p.read_bytes())) for p in files if p.name not in NO_MARK}
    assert {name: platform for name, platform in seen.items() if platform is not PLATFORM_OF[folder]} == {}


def test_prose_is_no_platform() -> None:
    assert (
        recognise_platform(read_lines("本書は病院のネットワーク構成を説明します。\nset は使いません。".encode()))
        is None
    )


@pytest.mark.parametrize("folder", PLATFORM_OF)
def test_real_files_nest_without_faults(folder: str) -> None:
    builders = {"cisco_asa": build_indented, "fortios": build_edited, "juniper": build_set}
    for path in sorted((SAMPLES / "batfish" / folder).rglob("*")):
        if not path.is_file():
            continue
        lines = read_lines(path.read_bytes())
        is_braced = folder == "palo_alto" and any(line.text.endswith("{") for line in lines)
        tree = builders.get(folder, build_braced if is_braced else build_set)(lines)
        assert placed(tree) | tree.faults >= tree.significant - (tree.significant if is_braced else set())
        if folder in {"cisco_asa", "fortios"} or is_braced:
            assert not tree.faults, path.name

"""Every text that intake may show exists in both languages and can be filled in."""

import re
import string
from pathlib import Path

import sekisho.intake
from sekisho.messages import _table, keys

CODE = "\n".join(p.read_text("utf-8") for p in sorted(Path(sekisho.intake.__path__[0]).rglob("*.py")))


def texts(lang: str) -> dict[str, str]:
    return {k: v for k, v in _table(lang).items() if k.startswith("intake.")}


def test_languages_have_the_same_keys_and_placeholders() -> None:
    assert set(texts("ja")) == set(texts("en"))
    for key, text in texts("ja").items():
        names = {n for _, n, _, _ in string.Formatter().parse(text) if n}
        assert names == {n for _, n, _, _ in string.Formatter().parse(texts("en")[key]) if n}, key


def test_every_text_is_used() -> None:
    for key in texts("ja"):
        last = key.rpartition(".")[2]
        assert re.search(rf'["./]{last}["\s]', CODE) or f'"{last}"' in CODE or f"_{last.removeprefix('no_')}" in CODE, (
            key
        )


def test_every_key_in_the_code_exists() -> None:
    for key in re.findall(r'"((?:file|table|cell|device|line|answer|config|cross)\.[a-z_0-9]+)"', CODE):
        assert f"intake.{key}" in keys("ja"), key
    for key in re.findall(r'Remark\(\s*"([a-z_]+)"', CODE):
        assert f"intake.cell.{key}" in keys("ja"), key
    for key in re.findall(r'UnreadableError\(\s*"([a-z_0-9]+)"', CODE):
        assert f"intake.file.{key}" in keys("ja"), key

"""Init: a new engagement folder with settings to fill in, forms and instructions."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from sekisho.errors import StoreError, UsageError
from sekisho.intake.config.problems import FILE
from sekisho.intake.form_texts import answer_rows, read_forms
from sekisho.intake.forms import build_form
from sekisho.intake.known import Known, shipped
from sekisho.messages import Sentence, say

CHECKLIST: Final = "mhlw-hospital-r7"
"""The checklist a new engagement answers, as engagement.toml says by default."""
_FOLDERS: Final = ("documents/answers", "documents/photos", "captures", "configs", "imports")


def init_folder(folder: Path, *, lang: str = "ja", known: Known | None = None) -> tuple[Path, ...]:
    """Write a new engagement folder and give the files written, in order.

    Raises: UsageError when it holds an engagement or one of the files already; StoreError when it can't be written.
    Nothing is overwritten.
    """
    contents = _contents(lang, known or shipped())
    if folder.exists() and not folder.is_dir():
        raise UsageError(say(lang, "intake.init.no_folder", folder=folder))
    if (folder / FILE).exists():
        raise UsageError(say(lang, "intake.init.occupied", folder=folder))
    for name in contents:
        if (folder / name).exists():
            raise UsageError(say(lang, "intake.init.file_there", file=folder / name))
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            with (folder / name).open("xb") as stream:
                stream.write(content)
    except OSError as error:
        raise StoreError(Sentence("cli.store.write", file=folder, why=error.strerror)) from error
    return tuple(folder / name for name in contents)


def _contents(lang: str, known: Known) -> Mapping[str, bytes]:
    """Build every file by its path."""
    texts = files("sekisho.intake.templates")
    forms = read_forms(lang)
    items = known.checklists.get(CHECKLIST, ())
    rows = answer_rows(CHECKLIST, items, forms["answers"], lang)
    return {
        FILE: texts.joinpath(f"engagement.{lang}.toml").read_bytes(),
        "README.md": texts.joinpath(f"README.{lang}.md").read_bytes(),
        **{forms[name].file: build_form(forms[name]) for name in ("devices", "lines", "sitewalk", "waivers")},
        f"{forms['answers'].file}/{CHECKLIST}.xlsx": build_form(forms["answers"], rows),
    }

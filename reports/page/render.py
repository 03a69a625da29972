"""Templates, style and script of the page, and the policy that lets a browser run exactly these and nothing else.

Source: W3C Content Security Policy Level 3, 2.3.1 (hash sources), 3.3 (policy in a meta element).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from reports.inert import visible
from reports.tones import tone_names, tone_of

_FOLDER = "templates"


def render(values: Mapping[str, Any]) -> str:
    """Fill the page; every value is escaped unless it is markup of ours."""
    style, script = _style(str(values["marking"])), _read("page.js")
    return _environment().get_template("page.html.j2").render(
        **values, style=style, script=script, policy=_policy(style, script), sign=_sign
    )  # fmt: skip


def _policy(style: str, script: str) -> str:
    """Allow our one style and our one script by their digests, and no load from anywhere."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    """Give the hash source of an inline element."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _style(marking: str) -> str:
    """Give the style sheet with the colours of all tones, and with marking and number at the foot of printed pages."""
    tones = "".join(
        f".t-{name}{{color:{tone_of(name).ink};background:{tone_of(name).ground};border-color:{tone_of(name).ink}}}\n"
        for name in tone_names()
    )
    quoted = marking.replace("\\", "").replace('"', "").replace("<", "")
    foot = f'@page{{@bottom-left{{content:"{quoted}"}}@bottom-right{{content:counter(page) " / " counter(pages)}}}}\n'
    return _read("page.css") + tones + foot


def _sign(tone: str) -> str:
    """Give the sign of a tone."""
    return tone_of(tone).sign


def _shown(value: object) -> object:
    """Make every printed text visible, whoever forgot to; markup of ours stays as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    """Make the template environment; everything is escaped, and a missing value is an error."""
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _read(name: str) -> str:
    """Read a template or asset that is shipped with the package."""
    return (files("reports.page") / _FOLDER / name).read_text("utf-8")

"""Parameters of a web server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from lab.devices.kind import KindParams
from lab.devices.parameters import Line, ScenarioFile


class PageParams(KindParams):
    """What a caller of a web server sees first."""

    headers: dict[Line, Line] = Field({}, examples=[{"X-Powered-By": "PHP/5.3.3"}])
    body: ScenarioFile | None = Field(None, examples=["files/login.html"], description="file of the scenario")
    title: Line | None = Field(
        None, examples=["RTX1210 かんたん設定"], description="of a page made from it, without body"
    )
    realm: Line | None = Field(None, examples=["RT-500KI"], description="asks for a password (401 Basic)")


class HttpParams(PageParams):
    """What a web server answers to every request."""

    server: Line | None = Field(None, examples=["RTX1210"], description="Server header; `banner` says the same")
    status: int | None = Field(None, ge=200, le=599, examples=[403], description="200, or 401 with realm")

    @model_validator(mode="before")
    @classmethod
    def _banner_is_server(cls, raw: Any) -> Any:  # noqa: ANN401 - raw input of any shape
        """Take `banner` for `server`."""
        if isinstance(raw, Mapping) and "banner" in raw:
            if "server" in raw:
                raise PydanticCustomError("banner_and_server", "expected either banner or server")
            return {("server" if key == "banner" else key): value for key, value in raw.items()}
        return raw

"""Starts a kind as the drivers do, for tests of many kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from lab.devices.kind import Running, Site
from lab.devices.registry import kinds

Make = Callable[..., Site]


@asynccontextmanager
async def served(kind: str, site: Site, **params: Any) -> AsyncIterator[None]:
    """Serve a kind as long as the block runs."""
    entry = kinds()[kind]
    running: Running = await entry.imitate(entry.params.model_validate(params), site)
    try:
        yield
    finally:
        running.close()

"""Running several pieces of work at once so that the first failure ends all, and comes out as itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from sekisho.errors import StoreError
from sekisho.gate.pacing import Stopped


async def together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all at once; when one raises, cancel the others, wait for them, and raise what counts most."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except BaseExceptionGroup as errors:
        # what is raised inside `except*` comes out wrapped in a group again, and nobody above would know it
        raise foremost(errors) from errors


def foremost(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give the one exception of a group to raise: a full disk before a crash, a crash before an order to stop."""
    naked = list(_leaves(errors))
    return min(naked, key=lambda e: 0 if isinstance(e, StoreError) else 2 if isinstance(e, Stopped) else 1)


def _leaves(errors: BaseExceptionGroup[BaseException]) -> Iterable[BaseException]:
    """Walk the exceptions of nested groups."""
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error

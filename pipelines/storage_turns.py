"""One function of storage at a time: on the event loop's own thread, or in another where it would be long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")


class StorageTurns:
    """The order in which a run's functions of storage run, which may not meet: first come, first served.

    A group commit to a disk is over in some 30 milliseconds, and on the event loop's thread it makes a crawl
    cheaper, by 6 to 10 %: two threads that share the interpreter hand it, and each other's objects, from core
    to core. What takes longer (`aside`), or asks a server (`all_aside`), has a thread of its own.
    """

    def __init__(self, *, all_aside: bool = False) -> None:
        self.all_aside = all_aside
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storage")

    async def run(self, function: Callable[[], _T], *, aside: bool = False) -> _T:
        """What the function returns or raises, once those before it are done."""
        async with self._turn:
            if aside or self.all_aside:
                return await asyncio.get_running_loop().run_in_executor(self._thread, function)
            return function()

    def end(self) -> None:
        """Let the thread go; nothing may run any more."""
        self._thread.shutdown()

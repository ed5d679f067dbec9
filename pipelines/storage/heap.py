"""The heap: memory that was freed goes back to the system, where the C library is glibc."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, cast

_M_MMAP_THRESHOLD = -3
_LARGE = 256 * 1024


def _of_glibc(name: str, *arguments: Any) -> Callable[..., int] | None:
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return None
    function.argtypes, function.restype = arguments, ctypes.c_int
    return cast(Callable[..., int], function)


_trim = _of_glibc("malloc_trim", ctypes.c_size_t)
_set_option = _of_glibc("mallopt", ctypes.c_int, ctypes.c_int)


def keep_heap_small() -> None:
    """Let every large block of this process be its own mapping, which goes back when it is freed.

    By itself glibc raises the limit with the first large block that is freed, and later ones leave holes.
    """
    if _set_option is not None:
        _set_option(_M_MMAP_THRESHOLD, _LARGE)


def give_back_free_memory() -> None:
    """Give the pages of the heap that hold nothing back to the system; a few milliseconds.

    By itself glibc gives back only what lies at the heap's end. A publish fills and frees tens of MiB, and
    what is allocated meanwhile keeps the rest.
    """
    if _trim is not None:
        _trim(0)

"""The heap: memory that was freed goes back to the system, where the C library can do that."""

from __future__ import annotations

import ctypes
from collections.abc import Callable


def _trim_of_c_library() -> Callable[[int], int] | None:
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # not glibc: musl, macOS, Windows
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return trim


_trim = _trim_of_c_library()


def give_back_free_memory() -> None:
    """Give the pages of the heap that hold nothing back to the system; a few milliseconds.

    By itself glibc gives back only what lies at the heap's end. A publish fills and frees tens of MiB, and
    what is allocated meanwhile keeps the rest.
    """
    if _trim is not None:
        _trim(0)

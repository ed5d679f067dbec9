"""Counts what was asked of the replica, and when."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.replica.faults import Rule
from tests.replica.messages import Request, Response

_NOTHING = {"requests": 0, "served": 0, "not_modified": 0, "conditional": 0, "faults": 0}
_CHANNELS = frozenset({"listing", "feed", "sitemap", "archive"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as it was answered."""

    at: float
    """`time.monotonic()`."""
    world_at: int
    """The replica's clock, epoch seconds."""
    method: str
    target: str
    kind: str
    status: int
    conditional: bool
    fault: str | None
    user_agent: str


class RequestLog:
    """Every request since the last reset, but those to the replica's own pages."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._looks: set[int] = set()

    def record(self, request: Request, response: Response, fault: Rule | None, world_at: int) -> None:
        """Count a request."""
        headers = request.headers
        if response.kind in _CHANNELS and fault is None:
            self._looks.add(world_at)
        self.entries.append(
            Entry(
                at=time.monotonic(),
                world_at=world_at,
                method=request.method,
                target=request.target,
                kind=response.kind,
                status=response.status,
                conditional="if-none-match" in headers or "if-modified-since" in headers,
                fault=fault.kind if fault else None,
                user_agent=headers.get("user-agent", ""),
            )
        )

    def reset(self) -> None:
        """Count anew; what was looked at stays known."""
        self.entries = []

    def looks(self) -> tuple[int, ...]:
        """The replica's times at which a listing, feed or sitemap was read unharmed, ever."""
        return tuple(sorted(self._looks))

    def forget_looks(self) -> None:
        """As if nobody had read a channel yet; for a new reader with an empty dataset."""
        self._looks.clear()

    def summary(self) -> dict[str, Any]:
        """The counts, as JSON."""
        kinds: dict[str, Counter[str]] = {}
        for entry in self.entries:
            counts = kinds.setdefault(entry.kind, Counter(_NOTHING))
            counts["requests"] += 1
            counts["served"] += entry.status == 200
            counts["not_modified"] += entry.status == 304
            counts["conditional"] += entry.conditional
            counts["faults"] += entry.fault is not None
        return {
            "total": len(self.entries),
            "by_kind": {kind: dict(counts) for kind, counts in sorted(kinds.items())},
            "by_path": dict(Counter(entry.target for entry in self.entries)),
            "articles_served": dict(self._articles_served()),
            "by_status": {str(status): count for status, count in self._statuses().items()},
            "user_agents": sorted({entry.user_agent for entry in self.entries}),
            "times": [[entry.at, entry.target] for entry in self.entries],
        }

    def _articles_served(self) -> Counter[str]:
        return Counter(
            entry.target for entry in self.entries if entry.kind == "article" and entry.status == 200
        )

    def _statuses(self) -> Counter[int]:
        return Counter(entry.status for entry in self.entries)

"""Run reports as crawls leave them in `DATA_DIR/runs`: read without trust, for a crawl may die writing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.storage.layout import DataPath

LARGEST_REPORT = 16 * 2**20


@dataclass(frozen=True, slots=True)
class ChannelShown:
    """What one channel showed in a run."""

    name: str
    links: int
    new: int
    is_unchanged: bool
    """Answered with 304, so that it showed nothing although there is something."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What the schedule needs of a run's report."""

    exit_code: int
    reason: str = ""
    states: Mapping[str, int] = field(default_factory=dict)
    channels: tuple[ChannelShown, ...] = ()
    fields: Mapping[str, float] = field(default_factory=dict)
    """Per field the share of the run's articles that have it."""
    articles: int = 0
    """How many articles the shares are of."""
    mean_words: float | None = None
    requests: int = 0
    not_modified: int = 0
    problems: tuple[Mapping[str, Any], ...] = ()

    @property
    def pages(self) -> int:
        """How many links the run came to an end with."""
        return sum(count for state, count in self.states.items() if state != "discovered")


def load_report(data_dir: DataPath, run_id: str) -> RunReport | None:
    """The report of a run; None if there is none that can be understood."""
    path = data_dir / "runs" / f"{run_id}.json"
    try:
        if path.stat().st_size > LARGEST_REPORT:
            return None
        return _parse(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _parse(document: Mapping[str, Any]) -> RunReport:
    words = document.get("mean_words")
    return RunReport(
        exit_code=int(document["exit_code"]),
        reason=str(document.get("reason") or ""),
        states={str(state): int(count) for state, count in document.get("states", {}).items()},
        channels=tuple(
            ChannelShown(
                str(channel["channel"]),
                int(channel.get("links", 0)),
                int(channel.get("new", 0)),
                bool(channel.get("unchanged", 0)),
            )
            for channel in document.get("channels", ())
        ),
        fields={str(name): float(share) for name, share in document.get("fields", {}).items()},
        articles=int(document.get("articles", 0)),
        mean_words=None if words is None else float(words),
        requests=int(document.get("requests", 0)),
        not_modified=int(document.get("not_modified", 0)),
        problems=tuple(dict(problem) for problem in document.get("problems", ())),
    )

"""What wakes the service: a due time, the end of a crawl, a signal."""

from __future__ import annotations

from dataclasses import dataclass

from schedules.crawl_job import CrawlJob, End


@dataclass(frozen=True, slots=True)
class Due:
    """An outlet's time has come."""

    outlet: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A crawl's process is gone."""

    crawl: CrawlJob
    end: End


@dataclass(frozen=True, slots=True)
class Signalled:
    """The service was sent a signal."""

    number: int

"""Reads one hostile file as the crawler would, in a process of its own: what came of it, at what cost."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from crawler.article_page import Page, PageProblem, Rules, parse_article
from crawler.channels import Channel, ChannelUnreadable, Feed, Sitemap, Window
from crawler.robots import RobotsRules, robots_text
from crawler.safety import peak_memory_mib
from crawler.spiders.sputnik import RULES, SputnikSpider
from pipelines.normalize import normalize
from pipelines.validate import defect, with_substitute_time
from tests.hostile.files import channels, data, markup, text
from tests.hostile.files.registry import CLASSES, HostileFile, file

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__, "trafilatura"])

MODULES = (channels, data, markup, text)
"""Where the files come from; importing them registers their classes."""
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ARTICLE_URL = "https://sputnikglobe.com/20261120/harbour-talks-1100000001.html"
_CHANNELS: dict[str, Channel] = {
    "listing": SputnikSpider.channels[0],
    "feed": Feed("/feed.xml"),
    "sitemap": Sitemap("/sitemap.xml"),
}


@dataclass
class Reading:
    """What became of a file. Time is the processor's, for others may use the machine too."""

    outcome: str
    cpu_seconds: float
    peak_memory_mib: float


def read(kind: str, name: str, timeout: float = 300) -> Reading:
    """Read a file, articles with and without an outlet's rules; AssertionError for an exception."""
    ours, theirs = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_read_here, args=(kind, name, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.poll(timeout), f"{kind}/{name}: still at it after {timeout} s"
        reading: Reading | str = ours.recv()
    except EOFError:
        raise AssertionError(f"{kind}/{name}: the process died") from None
    finally:
        process.join(5)
        if process.is_alive():
            process.kill()
    assert isinstance(reading, Reading), f"{kind}/{name}: {reading}"
    return reading


def _read_here(kind: str, name: str, answer: Any) -> None:
    subject = file(kind, name)
    began = time.process_time()
    try:
        outcome = _outcome(subject)
    except Exception as error:  # whatever it is, the test shall say it
        answer.send(repr(error)[:2_000])
        return
    peak = peak_memory_mib()
    answer.send(Reading(outcome, time.process_time() - began, peak))


def _outcome(subject: HostileFile) -> str:
    if subject.role == "article":
        return f"{_article(subject, RULES)}; without rules: {_article(subject, None)}"
    if subject.role == "robots":
        return (
            "allowed" if RobotsRules(robots_text(subject.body), "asiadesk").allows(ARTICLE_URL) else "refused"
        )
    window = Window(date(2026, 11, 1), date(2026, 11, 24))
    try:
        found = _CHANNELS[subject.role].read(subject.body, "https://hostile.example/asia/", window)
    except ChannelUnreadable as problem:
        return problem.reason
    return f"{len(found.links)} links"


def _article(subject: HostileFile, rules: Rules | None) -> str:
    page = Page.from_body(ARTICLE_URL, subject.body, content_type=subject.content_type, fetched_at=NOW)
    try:
        article = parse_article(page, rules, now=NOW)
    except PageProblem as problem:
        return problem.reason
    SputnikSpider().identify(article, ARTICLE_URL)
    article.first_seen_at = NOW
    article = with_substitute_time(normalize(article))
    return defect(article, NOW) or "article"


def all_classes() -> list[str]:
    """The classes of hostile files."""
    return sorted(CLASSES)

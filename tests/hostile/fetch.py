"""Fetch addresses as a crawl would, in a process of its own: `fetch(urls)` tells what became of each."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse
from scrapy.utils.project import get_project_settings

from crawler.safety import peak_memory_mib

# A server that has all this imported forks a process in a twentieth of the time that a new one takes.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [__name__, "crawler.robots", "crawler.download_handlers", "crawler.decompression"]
)


@dataclass
class Outcome:
    """What the spider got for one address: an answer, or the exception that its errback was given."""

    url: str
    status: int | None = None
    text: str | None = None
    length: int | None = None
    error: str | None = None
    reason: str | None = None
    message: str = ""
    final_url: str | None = None
    started: float = 0.0
    """Seconds after the first request."""
    ended: float = 0.0


@dataclass
class Fetched:
    """The outcome of each address, and what the process that fetched them cost."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    peak_memory_mib: float = 0.0
    seconds: float = 0.0
    close_reason: str = ""
    log: str = ""

    def __getitem__(self, url: str) -> Outcome:
        return self.outcomes[url]


def fetch(
    urls: list[str],
    *,
    settings: dict[str, Any] | None = None,
    origin: str | None = None,
    environment: dict[str, str] | None = None,
    timeout: float = 120,
) -> Fetched:
    """Fetch all addresses with the production settings and some others; `origin` is a server excepted."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"DATA_DIR": folder, "DOWNLOAD_DELAY": 0, "BACK_OFF": 0, **(settings or {})}
        log = Path(folder) / "log"
        ours, theirs = _PROCESSES.Pipe(duplex=False)
        process = _PROCESSES.Process(target=_run, args=(urls, given, origin, environment or {}, log, theirs))
        process.start()
        theirs.close()
        try:
            assert ours.poll(timeout), f"no outcome after {timeout} s\n{log.read_text()[-3000:]}"
            fetched: Fetched = ours.recv()
        except EOFError:
            raise AssertionError(log.read_text()[-3000:]) from None
        finally:
            process.join(5)
            if process.is_alive():
                process.kill()
        fetched.log = log.read_text()
        return fetched


class Fetcher(Spider):
    """Requests each address once, and notes what came of it."""

    name = "fetcher"

    def __init__(self, urls: list[str], origin: str | None, fetched: Fetched) -> None:
        super().__init__()
        self.urls, self.origin, self.fetched = urls, origin, fetched
        self.began = time.monotonic()

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            outcome = self.fetched.outcomes[url] = Outcome(url, started=self.clock())
            try:
                request = Request(
                    url, self.took, errback=self.lost, cb_kwargs={"outcome": outcome}, dont_filter=True
                )
            except ValueError as error:  # an address without a scheme does not even become a request
                outcome.reason, outcome.message = "no-request", str(error)
                continue
            yield request

    def clock(self) -> float:
        return time.monotonic() - self.began

    def took(self, response: Response, outcome: Outcome) -> Iterator[None]:
        outcome.status = response.status
        outcome.text = response.text[:2000] if isinstance(response, TextResponse) else None
        outcome.length = len(response.body)
        outcome.final_url = response.url
        outcome.ended = self.clock()
        yield from ()

    def lost(self, failure: Any) -> None:
        outcome = failure.request.cb_kwargs["outcome"]
        outcome.error = type(failure.value).__name__
        outcome.reason = getattr(failure.value, "reason", None)
        outcome.message = str(failure.value)[:500]
        outcome.ended = self.clock()

    def closed(self, reason: str) -> None:
        self.fetched.close_reason = reason


def _run(
    urls: list[str],
    given: dict[str, Any],
    origin: str | None,
    environment: dict[str, str],
    log: Path,
    answer: Any,
) -> None:
    os.environ.update(environment)
    with log.open("w") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    logging.captureWarnings(True)
    settings = get_project_settings()
    # No storage, and nothing that stands for it.
    for storing in (
        "pipelines.session.StorageSession",
        "crawler.run_report.RunReporter",
        "crawler.progress.Progress",
    ):
        settings["EXTENSIONS"][storing] = None
    settings.setdict({"ITEM_PIPELINES": {}, **given}, priority="cmdline")
    # Below the handler that sends everything to the origin, which here is only excepted.
    handlers = dict.fromkeys(("http", "https"), "crawler.download_handlers.PoliteHandler")
    settings.set("DOWNLOAD_HANDLERS", {**settings["DOWNLOAD_HANDLERS"], **handlers}, priority="cmdline")
    fetched = Fetched()
    process = CrawlerProcess(settings)
    process.crawl(Fetcher, urls=urls, origin=origin, fetched=fetched)
    began = time.monotonic()
    process.start()
    fetched.seconds = time.monotonic() - began
    fetched.peak_memory_mib = peak_memory_mib()
    answer.send(fetched)

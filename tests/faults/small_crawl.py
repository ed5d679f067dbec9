"""A crawl in small: the real session, ledger, raw archive and publish, with a made-up world for an outlet.

No HTTP and no Scrapy engine, so that a point of failure costs a fraction of a second. `python -m
tests.faults.small_crawl` is a server: it imports everything once and forks a child for each job given to it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import re
import resource
import signal
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.items import Article, FetchedPage
from pipelines import session as session_module
from pipelines.session import StorageSession
from pipelines.storage import s3
from pipelines.storage.canonical_url import article_key
from pipelines.storage.content_hash import content_hash
from pipelines.storage.errors import LedgerError, StorageError
from pipelines.storage.layout import DataPath, data_folder
from pipelines.storage.ledger import DiscoveredLink, KnownLink, LinkState, Outcome
from pipelines.storage.lock import OutletBusy
from pipelines.storage.raw_archive import RawPage
from pipelines.store import article_row

OUTLET = "sputnik"
SITE = "https://outlet.example"
BEFORE = datetime(2026, 11, 1, 8, tzinfo=UTC)
"""When the crawl ran that nothing disturbed."""
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
"""When the crawl runs that is disturbed, and the ones after it."""
PAGES = 40
OLD_PAGES = 20
SYLLABLES = re.findall("...", "karimontalusenpohaiviragordalethbusyamcho")
WORDS = tuple(a + b for a in SYLLABLES for b in SYLLABLES)


@dataclass(frozen=True, slots=True)
class WorldPage:
    """One address of the made-up outlet: what it answers before and after NOW."""

    number: int

    @property
    def url(self) -> str:
        return f"{SITE}/{self.number}.html"

    @property
    def article_id(self) -> str:
        # The last old address leads to the article of the first one.
        return f"{OUTLET}:{0 if self.number == OLD_PAGES - 1 else self.number}"

    @property
    def key(self) -> bytes:
        return article_key(f"{OUTLET}:{self.number}")

    def state(self, now: datetime) -> tuple[LinkState, str | None]:
        """The state that the spider and the stages would give the link."""
        special = {
            3: (LinkState.GONE, "http-404"),
            25: (LinkState.QUARANTINED, "no-headline"),
            31: (LinkState.FILTERED, "not-asia"),
            33: (LinkState.BLOCKED, "http-403"),
        }
        if now < NOW:
            special.pop(3)
        return special.get(self.number, (LinkState.STAGED, None))

    def article(self, now: datetime) -> Article:
        """The article as it reads at this time: every third one of the old was edited meanwhile."""
        number = int(self.article_id.partition(":")[2])
        is_edited = now >= NOW and number < OLD_PAGES and number % 3 == 1
        tale = random.Random(number)
        published_at = BEFORE - timedelta(days=17 * (number % 3), hours=number)
        if number == 36:  # another's report, taken over with a line added
            tale = random.Random(4)
        text = " ".join(tale.choices(WORDS, k=120)) + (" Reprinted." if number == 36 else "")
        return Article(
            article_id=self.article_id,
            outlet=OUTLET,
            url=self.url,
            canonical_url=f"{SITE}/{number}.html",
            headline=f"Report {number}" + (" (updated)" if is_edited else ""),
            body=text + (" Corrected." if is_edited else ""),
            published_at=published_at,
            published_source="epoch",
            word_count=120,
            body_hash=f"{number}-{is_edited}",
        )


def world(now: datetime) -> list[WorldPage]:
    """All addresses that the outlet's channels show at this time."""
    return [WorldPage(number) for number in range(PAGES if now >= NOW else OLD_PAGES)]


async def crawl(data_dir: DataPath, ledger: str, run_id: str, now: datetime) -> int:
    """One run; writes `fetch <key>` for each request and `done <key>` for each acknowledged outcome."""
    # As many group commits and publications as a long crawl has, from few pages.
    session_module.COMMIT_PAGES, session_module.PUBLISH_ROWS = 6, 12
    session = StorageSession(OUTLET, data_dir, ledger, run_id, now, keep_raw=True)
    _announce_commits(session)
    pages = {page.key: page for page in world(now)}
    moment = int(session.now().timestamp())
    try:
        shown = [DiscoveredLink(page.key, page.url, "listing:/asia/") for page in pages.values()]
        known = await session.call(session.ledger.discover, OUTLET, shown, moment)
        assert len(known) == len(shown)
        todo = await session.call(session.ledger.unfinished, OUTLET, 1000, moment)
        todo += await session.call(session.ledger.due, OUTLET, moment, 1000)
        for link in todo:
            if session.failure is None:
                say("fetch", link.key)
                settle(session, pages[link.key], link, now)
                await asyncio.sleep(0)
                await session.room()
    except (StorageError, LedgerError) as error:
        session.failure = session.failure or error
    await session.finish()
    code = 0
    if session.failure is not None:
        code = 21 if isinstance(session.failure, LedgerError) else 20
    elif session.internal_errors:
        code = 70
    states = {str(state): count for state, count in session.states.items()}
    await session.end(code, str(session.failure or "complete"), {"states": states}, swept=False)
    return code


def settle(session: StorageSession, page: WorldPage, link: KnownLink, now: datetime) -> None:
    """What the spider and the pipeline stages do with one answer."""
    state, reason = page.state(now)
    raw = raw_page(page, now)
    if state is not LinkState.STAGED:
        outcome = Outcome(
            link.key, OUTLET, session.run_id, int(session.now().timestamp()), state, reason, page.url
        )
        session.settle(outcome, raw)
        return
    article = page.article(now)
    article.first_seen_at = datetime.fromtimestamp(link.first_seen_at, UTC)
    article.fetched_at = session.now()
    article.run_id = session.run_id
    article.page = FetchedPage(link_key=link.key, known=link, raw=raw)
    row = article_row(article)
    article.page.content_hash = content_hash(row)
    # The old pages are due for another look when the disturbed crawl runs, and never after.
    article.page.due_at = int((NOW - timedelta(days=1)).timestamp()) if now < NOW else None
    session.settle_article(article, LinkState.STAGED, row=row)


def raw_page(page: WorldPage, now: datetime) -> RawPage:
    """The answer as received; what it says can be recognized later."""
    noise = random.Random(page.number).randbytes(3000)
    body = f"{page.number} at {now:%Y-%m-%d}:".encode() + noise
    return RawPage(page.url, 200, [], [(b"Content-Type", b"text/html")], body, now)


def say(word: str, key: bytes) -> None:
    """Tell the one who watches, at once: what is not written yet dies with the process."""
    os.writev(1, [f"{word} {key.hex()}\n".encode()])


def _announce_commits(session: StorageSession) -> None:
    record = session.ledger.record

    def recording(batch: list[Outcome], *arguments: Any, **others: Any) -> list[LinkState]:
        states = record(batch, *arguments, **others)
        os.writev(1, [f"done {outcome.key.hex()}\n".encode() for outcome in batch])
        return states

    session.ledger.record = recording  # type: ignore[method-assign]


def exit_code_of(data_dir: DataPath, ledger: str, run_id: str, now: datetime) -> int:
    """Run the crawl; as the command does, every fault of storage becomes its exit code."""
    try:
        return asyncio.run(crawl(data_dir, ledger, run_id, now))
    except OutletBusy:
        return 75
    except LedgerError:
        return 21
    except StorageError:
        return 20
    except BaseException:
        traceback.print_exc()
        return 70


def _child(job: dict[str, str | int | None]) -> None:
    output = os.open(str(job["output"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    errors = os.open(str(job["output"]) + ".err", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    if job.get("file_size") is not None:
        size = int(job["file_size"] or 0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    if job.get("never_sync"):
        os.fsync = os.fdatasync = lambda descriptor: None  # type: ignore[assignment]
    if job.get("stopped"):
        os.kill(os.getpid(), signal.SIGSTOP)
    now = datetime.fromisoformat(str(job["now"]))
    s3.FIRST_PAUSE, s3.LONGEST_PAUSE = 0.01, 0.5
    ledger = str(job["ledger"])
    data_dir = data_folder(str(job["data_dir"]), ledger)
    os._exit(exit_code_of(data_dir, ledger, str(job["run_id"]), now))


def serve() -> None:
    """For each job on standard input: fork, say the child's number, and how it ended."""
    logging.basicConfig(level=logging.ERROR)
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(job)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()

"""Whole crawls of a hostile outlet, by the real command: what became of each link, and at what cost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.storage.canonical_url import article_id, article_key
from pipelines.storage.ledger import KnownLink, Ledger
from tests.hostile.behaviours import Exchange
from tests.hostile.files.registry import HostileFile, article
from tests.hostile.server import HostileServer

ROOT = Path(__file__).parents[2]
NOW = "2026-11-24T00:00:00+00:00"
BEHAVIOUR_ID, FILE_ID, GOOD_ID = 1_200_000_000, 1_300_000_000, 1_100_000_000


def address(native_id: int) -> str:
    """The path of an article."""
    return f"/20261120/harbour-talks-{native_id}.html"


def list_item(native_id: int) -> str:
    """A listing's markup for an article."""
    return f'<div class="list__item"><a class="list__title" href="{address(native_id)}">Talks</a></div>'


class HostileOutlet(HostileServer):
    """Serves hostile things under article addresses, each followed on the listing by a good article.

    `things` are hostile files, or names of behaviours; `channels` and `robots` replace the harmless ones.
    """

    def __init__(self, things: Iterable[HostileFile | str] = (), **channels: HostileFile) -> None:
        super().__init__()
        self.things = list(things)
        self.channels = channels
        self.hostile_ids = [
            (BEHAVIOUR_ID if isinstance(thing, str) else FILE_ID) + number
            for number, thing in enumerate(self.things)
        ]
        self.good_ids = [GOOD_ID + number for number in range(1, len(self.things) + 2)]
        for native_id, thing in zip(self.hostile_ids, self.things, strict=True):
            if isinstance(thing, str):
                self.behaving[address(native_id)] = thing

    def respond(self, path: str, exchange: Exchange) -> bool:
        name = {
            "/asia/": "listing",
            "/feed.xml": "feed",
            "/sitemap.xml": "sitemap",
            "/robots.txt": "robots",
        }.get(path.split("?")[0], "")
        if hostile := self.channels.get(name):
            self._send(exchange, hostile)
        elif name:
            body = getattr(self, f"_{name}")()
            exchange.answer(body.encode(), Content_Type="text/html" if name == "listing" else "text/xml")
        else:
            self._article(path, exchange)
        return True

    def _article(self, path: str, exchange: Exchange) -> None:
        native_id = int(path.rpartition("-")[2].removesuffix(".html") or 0) if path.endswith(".html") else 0
        if native_id in self.hostile_ids:
            thing = self.things[self.hostile_ids.index(native_id)]
            assert isinstance(thing, HostileFile)
            self._send(exchange, thing)
        elif native_id in self.good_ids:
            self._send(
                exchange,
                article(
                    f"<p>Report {native_id} names {native_id * 7} boats.</p>", headline=f"Talks {native_id}"
                ),
            )
        else:
            exchange.answer(b"no such page", status=404)

    def _send(self, exchange: Exchange, file: HostileFile) -> None:
        body = (
            file.body.replace(b"{port}", str(self.port).encode()) if len(file.body) < 100_000 else file.body
        )
        exchange.answer(body, Content_Type=file.content_type)

    def _listing(self) -> str:
        ids = [native_id for pair in zip(self.hostile_ids, self.good_ids, strict=False) for native_id in pair]
        return "".join(map(list_item, (*ids, self.good_ids[-1])))

    def _feed(self) -> str:
        link = f"https://hostile.example{address(self.good_ids[-1])}"
        return f"<rss><channel><item><title>Talks</title><link>{link}</link></item></channel></rss>"

    def _sitemap(self) -> str:
        return f"<urlset><url><loc>https://hostile.example{address(self.good_ids[-1])}</loc></url></urlset>"

    def _robots(self) -> str:
        return "User-agent: *\nDisallow: /private"


@dataclass
class Crawled:
    """One crawl's exit code, report, log and data folder."""

    exit_code: int
    report: dict[str, Any]
    log: str
    data_dir: Path

    def link(self, native_id: int) -> KnownLink | None:
        """What the ledger knows of an article's link."""
        key = article_key(
            article_id("hostile", f"https://hostile.example{address(native_id)}", str(native_id))
        )
        with Ledger.open(self.data_dir / "state" / "ledger.sqlite") as ledger:
            return ledger.link(key)

    def stored_ids(self) -> set[int]:
        """The native ids of all rows."""
        paths = (self.data_dir / "articles").rglob("articles.parquet")
        tables = [pq.read_table(path, columns=["article_id"], partitioning=None) for path in paths]
        return {int(value.partition(":")[2]) for table in tables for value in table["article_id"].to_pylist()}


def crawl(outlet: HostileOutlet, data_dir: Path, *options: str, timeout: float = 900) -> Crawled:
    """Crawl the outlet once with the production settings, without delays."""
    command = [
        *(sys.executable, "-m", "scrapy", "crawl", "hostile", "-a", f"origin={outlet.origin}"),
        *("-s", "SPIDER_MODULES=tests.hostile.outlets", "-s", f"DATA_DIR={data_dir}", "-s", f"NOW={NOW}"),
        *("-s", "DOWNLOAD_DELAY=0", "-s", "BACK_OFF=0", *options),
    ]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
    )
    reports = sorted((data_dir / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    assert reports, done.stderr[-3000:]
    return Crawled(done.returncode, json.loads(reports[-1].read_text()), done.stderr, data_dir)

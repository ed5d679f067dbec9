"""A site of static files for the benchmarks: the replica's plain articles, their listings, and nginx.

The replica makes its pages when asked, which costs more than a crawl. Here all pages are made once and lie
compressed on the disk, so that the server's work disappears beside the crawler's.
"""

from __future__ import annotations

import gzip
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.replica import feeds, listing_markup
from tests.replica.clock import epoch_of, moment
from tests.replica.messages import Request
from tests.replica.site import Options
from tests.replica.sputnik import Sputnik
from tests.replica.world import Slot, World, day_of

END = "2026-05-01T00:00:00+00:00"
"""The present of the site; the crawl's setting NOW."""
_DAYS = 180
_DEALT_FOR_ONE = 2.4
"""Articles of the replica's world for each plain one that its Asia section lists."""
_LATEST = 50
_ARCHIVE_DAYS = 8
_NGINX = """
user root;
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    types {{ text/html html; text/xml xml; text/plain txt; }}
    charset utf-8;
    charset_types text/xml text/plain;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    open_file_cache max=4096;
    server {{
        listen 127.0.0.1:{port};
        root {site};
        index index.html;
        gzip_static always;
    }}
}}
"""


def site_of(folder: Path, articles: int, padding: int, per_listing: int = 50) -> Path:
    """The site's files below the folder, made if they are not there; `articles.txt` has their paths.

    `padding` is the bytes of scripts in each article page. Pages lie there in gzip only, as *.html.gz.
    """
    site = folder / f"site-{articles}-{padding}-{per_listing}"
    if (site / "articles.txt").exists():
        return site
    shutil.rmtree(site, ignore_errors=True)
    end = epoch_of(END)
    replica = Sputnik(
        1, int(articles * _DEALT_FOR_ONE) + 100, end - _DAYS * 86400, end, Options(padding=padding)
    )
    slots = _plain_slots(replica.world, end)[-articles:]
    if len(slots) < articles:
        raise ValueError(f"the replica's world has only {len(slots)} plain articles, not {articles}")
    slots.reverse()  # listings show the newest first
    paths = [replica.world.path(slot) for slot in slots]
    for path in paths:
        _write(site, path, replica.respond(Request("GET", path, {}), end).gzipped())
    _write_channels(site, replica.world, slots, end, per_listing)
    (site / "articles.txt").write_text("\n".join(paths))
    return site


def pages_of(site: Path, count: int) -> list[tuple[str, bytes]]:
    """Path and decompressed page of the first articles."""
    paths = (site / "articles.txt").read_text().splitlines()[:count]
    return [(path, gzip.decompress((site / f"{path[1:]}.gz").read_bytes())) for path in paths]


def _plain_slots(world: World, now: int) -> list[Slot]:
    """Articles of the section in today's markup that are up and have a text."""
    return [
        slot
        for slot in world.slots
        if slot.in_asia_listing
        and slot.card.shape == "news"
        and slot.card.era == "now"
        and slot.removed is None
        and slot.appears <= now
    ]


def _write_channels(site: Path, world: World, slots: Sequence[Slot], now: int, per_listing: int) -> None:
    """All listings; of feed, sitemap and day archives enough that none is silent."""
    items = [
        listing_markup.Item(world.path(slot), world.title(slot), slot.published, (slot.place.tag,))
        for slot in slots
    ]
    screens = [items[start : start + per_listing] for start in range(0, len(items), per_listing)]
    for number, screen in enumerate(screens, start=1):
        following = f"/asia/{number + 1}.html" if number < len(screens) else None
        if number == 1:
            page = listing_markup.section_page("asia", "Asia", screen, following, now)
            _write(site, "/asia/index.html", page)
        else:
            _write(site, f"/asia/{number}.html", listing_markup.fragment(screen, following, now))
    latest = items[:_LATEST]
    _write(site, "/export/rss2/archive/index.xml", feeds.rss(latest, now))
    month = f"{moment(now):%Y%m}"
    _write(site, "/sitemap_article_index.xml", feeds.sitemap_index([(f"{month}01", f"{month}30")]))
    _write(site, "/sitemap_article.xml", feeds.sitemap([(item.href, item.published) for item in latest]))
    for age in range(_ARCHIVE_DAYS):
        day = day_of(now - age * 86400)
        of_day = [item for item in items if day_of(item.published) == day] or items[:1]
        _write(site, f"/{day}/index.html", listing_markup.day_page(day, of_day, None, now))
    _write(site, "/robots.txt", feeds.ROBOTS)


def _write(site: Path, path: str, page: str | bytes) -> None:
    """A page in gzip, and plain beside it where nginx looks for an index."""
    target = site / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(page, str):
        target.write_text(page)
        page = gzip.compress(page.encode())
    target.with_name(target.name + ".gz").write_bytes(page)


@contextmanager
def served(site: Path, folder: Path) -> Iterator[str]:
    """nginx over the site while the context lasts; gives its origin. Raises OSError if it does not start."""
    port = _free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, site=site, port=port))
    command = ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, folder / "error.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise OSError(f"nginx does not answer; {log} may say why")

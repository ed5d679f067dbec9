"""python -m benchmarks.crawl: CPU per page of our whole crawl beside other crawlers, over the same pages.

All fetch the same article pages (about 108 KB, 27 in gzip) of an imitation of sputnikglobe.com from nginx on
this machine, without delays, 16 at once. They take turns, and the table has medians and ratios. CPU time is
the crawler's processes' own, start included; the server's is not in it.

Bare and naive Scrapy run with this Python; the others only where named, as in
`--python news-please=VENV/bin/python`: `news-please`, `fundus`, `pycurl`. nginx has to be installed (Debian:
nginx-light).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.report import machine, put_into, table
from benchmarks.static_site import END, pages_of, served, site_of

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).resolve().parent / "peers"
PADDING = 97_000
OURS, WITHOUT_RAW = "Asiadesk, complete", "Asiadesk, without raw archive"
BARE, NAIVE = "bare Scrapy", "naive Scrapy"
FLOOR, NEWS_PLEASE, FUNDUS = "pycurl", "news-please, extraction alone", "Fundus"
FAST = {
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
}
"""What every Scrapy gets, so that none waits out of politeness."""
TEMPLATE = {"ROBOTSTXT_OBEY": True, "FEED_EXPORT_ENCODING": "utf-8", "LOG_LEVEL": "INFO"}
"""What `scrapy startproject` writes, and the log level that ours has."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took. CPU is user and system time."""

    pages: int
    cpu: float
    seconds: float
    mib: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a benchmark runs: the site, its origin, and a folder for what is made."""

    site: Path
    origin: str
    folder: Path
    pages: int

    @property
    def out(self) -> Path:
        """Where a peer writes what it did."""
        return self.folder / "out.json"


Runner = Callable[[Place], Cost]


class IncompleteRun(Exception):
    """A run did not do all of its work, so that its cost says nothing."""


def measured(command: Sequence[str | Path], cwd: Path, log: Path) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak MiB of a process. Raises IncompleteRun if it fails."""
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(list(map(str, command)), cwd=cwd, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise IncompleteRun(f"{' '.join(map(str, command))} ended with {process.returncode}: see {log}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024


def ours(place: Place, *, raw: bool = True, wrapper: Sequence[str] = ()) -> Cost:
    """The crawl as an operator runs it: ledger, raw archive, all stages, Parquet."""
    data = place.folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    settings = FAST | {
        "DATA_DIR": data,
        "NOW": END,
        "DAILY_REQUEST_BUDGET": 0,
        "RAW_ARCHIVE": raw,
    }
    command = [*wrapper, sys.executable, "-m", "scrapy", "crawl", "sputnik", "-a", f"origin={place.origin}"]
    cost = measured([*command, *_options(settings)], ROOT, place.folder / "ours.log")
    return _complete(place, Cost(_rows_in(data / "articles"), *cost))


def scrapy_peer(place: Place, script: str) -> Cost:
    """A spider of the kind that a tutorial shows, outside of the project."""
    command = [sys.executable, "-m", "scrapy", "runspider", PEERS / script]
    command += ["-a", f"origin={place.origin}", "-a", f"out={place.out}"]
    cost = measured([*command, *_options(FAST | TEMPLATE)], place.folder, place.folder / f"{script}.log")
    return _complete(place, Cost(_reported(place)["pages"], *cost))


def floor(place: Place, python: str) -> Cost:
    """libcurl, fetching alone."""
    command = [python, PEERS / "pycurl_floor.py", place.origin, place.site / "articles.txt", place.out]
    cost = measured(command, place.folder, place.folder / "pycurl.log")
    return _complete(place, Cost(_reported(place)["pages"], *cost))


def news_please(place: Place, python: str, pages: int) -> Cost:
    """Extraction alone, over the first pages; its start does not count."""
    rows = [
        {"url": f"https://sputnikglobe.com{path}", "html": body.decode()}
        for path, body in pages_of(place.site, pages)
    ]
    file = place.folder / "pages.json"
    file.write_text(json.dumps(rows))
    command = [python, PEERS / "newsplease_extraction.py", file, place.out]
    _, _, mib = measured(command, place.folder, place.folder / "news-please.log")
    found = _reported(place)
    return Cost(found["pages"], found["cpu"], found["cpu"], mib)


def fundus(place: Place, python: str, pages: int) -> Cost:
    """Its crawler over a sitemap of the first pages; its start does not count."""
    paths = (place.site / "articles.txt").read_text().splitlines()[:pages]
    entries = "".join(f"<url><loc>{place.origin}{path}</loc></url>\n" for path in paths)
    (place.site / "fundus.xml").write_text(
        f'<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    )
    command = [python, PEERS / "fundus_crawl.py", place.origin, "/fundus.xml", str(pages), place.out]
    _, seconds, mib = measured(command, place.folder, place.folder / "fundus.log")
    found = _reported(place)
    return Cost(found["pages"], found["cpu"], seconds, mib)


def _rows_in(articles: Path) -> int:
    # A process of its own: a child's peak memory starts at that of its parent, which must stay small.
    program = "import sys, pyarrow.dataset as d; print(d.dataset(sys.argv[1]).count_rows())"
    answer = subprocess.run([sys.executable, "-c", program, articles], capture_output=True, check=True)
    return int(answer.stdout)


def _reported(place: Place) -> dict[str, float]:
    found = json.loads(place.out.read_text())
    place.out.unlink()
    return found


def _complete(place: Place, cost: Cost) -> Cost:
    if cost.pages != place.pages:
        raise IncompleteRun(f"{cost.pages} of {place.pages} pages: see the logs in {place.folder}")
    return cost


def _options(settings: dict[str, object]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]


def runners(pythons: dict[str, str], few: int) -> dict[str, Runner]:
    """Who takes part, by name."""
    chosen: dict[str, Runner] = {
        BARE: partial(scrapy_peer, script="bare_scrapy.py"),
        NAIVE: partial(scrapy_peer, script="naive_scrapy.py"),
        OURS: ours,
        WITHOUT_RAW: partial(ours, raw=False),
    }
    if "pycurl" in pythons:
        chosen[FLOOR] = partial(floor, python=pythons["pycurl"])
    if "fundus" in pythons:
        chosen[FUNDUS] = partial(fundus, python=pythons["fundus"], pages=few)
    if "news-please" in pythons:
        chosen[NEWS_PLEASE] = partial(news_please, python=pythons["news-please"], pages=few)
    return chosen


def in_turn(place: Place, chosen: dict[str, Runner], rounds: int) -> dict[str, list[Cost]]:
    """Everybody's costs, one run each a round."""
    costs: dict[str, list[Cost]] = {name: [] for name in chosen}
    for number in range(rounds):
        for name, run in chosen.items():
            cost = run(place)
            costs[name].append(cost)
            print(
                f"round {number + 1}: {name:32} {1000 * cost.cpu / cost.pages:7.3f} ms CPU a page, "
                f"{cost.pages / cost.seconds:7.0f} pages/s, {cost.mib:5.0f} MiB",
                flush=True,
            )
    return costs


def report(costs: dict[str, list[Cost]]) -> str:
    """The medians as a table, with the ratio of each to bare Scrapy."""
    per_page = {name: median(1000 * cost.cpu / cost.pages for cost in found) for name, found in costs.items()}
    base = per_page.get(BARE)
    rows = []
    for name, found in sorted(costs.items(), key=lambda entry: per_page[entry[0]]):
        spread = [1000 * cost.cpu / cost.pages for cost in found]
        rows.append(
            (
                name,
                f"{per_page[name]:.2f}",
                f"{min(spread):.2f}–{max(spread):.2f}",
                f"{per_page[name] / base:.2f}" if base else "",
                f"{median(cost.pages / cost.seconds for cost in found):,.0f}",
                f"{max(cost.mib for cost in found):,.0f}",
            )
        )
    head = ("", "CPU ms a page", "from–to", "× bare Scrapy", "pages/s", "peak MiB")
    return table(head, rows)


def main() -> int:
    """Measure everybody by turns; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crawl", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the site's files stay for another time")
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--few", type=int, default=300, help="pages for Fundus and news-please")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", metavar="NAME", help="a part of its name will do")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--report", type=Path, help="write the figures into this page")
    options = parser.parse_args()
    chosen = runners(dict(pair.split("=", 1) for pair in options.python), options.few)
    if options.only:
        chosen = {
            name: run for name, run in chosen.items() if any(part in name.lower() for part in options.only)
        }
    with tempfile.TemporaryDirectory(prefix="asiadesk-benchmark-") as folder:
        site = site_of(options.folder or Path(folder), options.pages, PADDING)
        with served(site, Path(folder)) as origin:
            costs = in_turn(Place(site, origin, Path(folder), options.pages), chosen, options.rounds)
    text = report(costs)
    print(text)
    if options.report:
        made = f"Made by `python -m benchmarks.crawl` {machine()}, {options.pages:,} pages, "
        put_into(options.report, "crawl", f"{made}medians of {options.rounds} rounds.\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

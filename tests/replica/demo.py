"""`make demo`: crawls the replica twice with the production command and shows what comes of it."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import duckdb

PROJECT = Path(__file__).resolve().parents[2]
_ANNOUNCEMENT = "replica listening on "


class CrawlFailed(Exception):
    """The crawl ended with an exit code other than 0."""


def main() -> int:
    """Crawl, move the replica's clock on by an hour, crawl again, show both."""
    arguments = _parser().parse_args()
    with _data_folder(arguments.data_dir) as data, _replica(arguments.articles, arguments.seed) as origin:
        print(f"A replica of sputnikglobe.com with {arguments.articles} articles serves at {origin}")
        print(f"Data folder: {data}\n")
        try:
            first = _crawl(origin, data, "First crawl")
            _ask(origin, "/__clock", {"advance": 3600})
            second = _crawl(origin, data, "Second crawl, an hour later by the replica's clock")
        except CrawlFailed as failure:
            print(failure, file=sys.stderr)
            return 1
        _show_dataset(data)
        return _compare(first, second, _changes(origin))


def _crawl(origin: str, data: Path, title: str) -> dict[str, int]:
    """Run the production command; how many article pages the replica was asked for, and how it answered."""
    _ask(origin, "/__requests", {})
    now = _ask(origin, "/__clock")["now"]
    print(f"== {title} ({now})", flush=True)
    command = [sys.executable, "-m", "scrapy", "crawl", "sputnik", "-a", f"origin={origin}"]
    command += ["-s", f"DATA_DIR={data}", "-s", "DOWNLOAD_DELAY=0", "-s", f"NOW={now}"]
    started = time.monotonic()
    code = subprocess.run(command, cwd=PROJECT, check=False).returncode
    took = time.monotonic() - started
    if code != 0:
        raise CrawlFailed(f"the crawl ended with exit code {code}")
    counts = _ask(origin, "/__requests")
    articles = counts["by_kind"].get("article", {"requests": 0, "not_modified": 0})
    fetched = articles["requests"] - articles["not_modified"]
    print(
        f"   {counts['total']} requests in {took:.1f} s: {fetched} article pages, "
        f"{articles['not_modified']} more answered “not changed”\n",
        flush=True,
    )
    return {"fetched": fetched, "not_modified": articles["not_modified"]}


def _changes(origin: str) -> int:
    """How many articles appeared, were edited or were removed in the last hour."""
    truth = _ask(origin, "/__truth")
    recent = 0
    for article in truth["articles"]:
        times = [version["from"] for version in article["versions"]] + [article["removed_at"] or ""]
        recent += any(_an_hour_before(truth["now"]) < at <= truth["now"] for at in times)
    return recent


def _an_hour_before(now: str) -> str:
    return (datetime.fromisoformat(now) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")


def _show_dataset(data: Path) -> None:
    files = f"{data}/articles/**/*.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE VIEW articles AS SELECT * FROM read_parquet(?, hive_partitioning = true)", [files]
        )
        for title, query in (
            (
                "By month of publication",
                "SELECT outlet, month, count(*) AS articles, min(published_at) AS first, "
                "max(published_at) AS last "
                "FROM articles GROUP BY ALL ORDER BY month",
            ),
            (
                "The newest",
                "SELECT published_at, section, headline, word_count AS words FROM articles "
                "ORDER BY published_at DESC LIMIT 10",
            ),
        ):
            print(f"== {title}")
            connection.sql(query).show(max_width=118)


def _compare(first: dict[str, int], second: dict[str, int], changed: int) -> int:
    print(f"The first crawl fetched {first['fetched']} article pages, the second one {second['fetched']};")
    print(f"{changed} articles had appeared, changed or gone in between.")
    if second["fetched"] > changed:
        print("The second crawl fetched pages that it had already.", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _data_folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="asiadesk-demo-") as folder:
        yield Path(folder)


@contextmanager
def _replica(articles: int, seed: int) -> Iterator[str]:
    """The replica as a process of its own; gives its origin."""
    command = [sys.executable, "-m", "tests.replica", "--articles", str(articles), "--seed", str(seed)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith(_ANNOUNCEMENT):
                raise RuntimeError(f"the replica did not start: {line!r}")
            yield line.removeprefix(_ANNOUNCEMENT).strip()
        finally:
            process.terminate()


def _ask(origin: str, path: str, order: dict[str, Any] | None = None) -> Any:
    body = None if order is None else json.dumps(order).encode()
    with urlopen(Request(origin + path, data=body), timeout=60) as answer:
        return json.load(answer)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.replica.demo", description=__doc__)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--data-dir", type=Path, help="keep the dataset there; default: a folder that goes at the end"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

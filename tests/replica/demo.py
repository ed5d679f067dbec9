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
from urllib.parse import urlsplit
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
        return _compare(first, second, _changed(origin))


def _crawl(origin: str, data: Path, title: str) -> dict[str, int]:
    """Run the production command; the article pages that the replica served it, with how often."""
    _ask(origin, "/__requests", {})
    now = _ask(origin, "/__clock")["now"]
    print(f"== {title} ({now})", flush=True)
    command = [sys.executable, "-m", "scrapy", "crawl", "sputnik", "-a", f"origin={origin}"]
    command += ["-s", f"DATA_DIR={data}", "-s", "DOWNLOAD_DELAY=0", "-s", f"NOW={now}", "-L", "WARNING"]
    started = time.monotonic()
    code = subprocess.run(command, cwd=PROJECT, check=False).returncode
    took = time.monotonic() - started
    if code != 0:
        raise CrawlFailed(f"the crawl ended with exit code {code}")
    counts = _ask(origin, "/__requests")
    articles = counts["by_kind"].get("article", {"served": 0, "not_modified": 0})
    print(f"   {counts['total']} requests in {took:.1f} s: {articles['served']} article pages fetched,")
    print(f"   {articles['not_modified']} asked for again and answered “not modified”.")
    print(f"   Links: {_states(data)}\n", flush=True)
    return counts["articles_served"]


def _states(data: Path) -> str:
    """How the links of the newest run ended, from its report."""
    report = max((data / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime)
    states = json.loads(report.read_text())["states"]
    return ", ".join(f"{count} {state}" for state, count in states.items() if count) or "none"


def _changed(origin: str) -> set[str]:
    """The addresses of the articles that appeared or were edited in the last hour."""
    truth = _ask(origin, "/__truth")
    since = _an_hour_before(truth["now"])
    return {
        urlsplit(url).path
        for article in truth["articles"]
        if any(since < version["from"] <= truth["now"] for version in article["versions"])
        for url in (article["url"], *article["aliases"])
    }


def _an_hour_before(now: str) -> str:
    return (datetime.fromisoformat(now) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")


def _show_dataset(data: Path) -> None:
    files = f"{data}/articles/**/*.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"CREATE VIEW articles AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)"
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


def _compare(first: dict[str, int], second: dict[str, int], changed: set[str]) -> int:
    print(f"The first crawl fetched {len(first)} article pages. The second one fetched {len(second)},")
    print(f"{len(set(second) & changed)} of them new or changed in the hour between.")
    twice = [path for path, times in first.items() if times > 1]
    needless = [path for path in second if path not in changed]
    if twice or needless:
        print(f"Fetched without a reason: {', '.join(twice + needless)}", file=sys.stderr)
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
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--data-dir", type=Path, help="keep the dataset there; default: a folder that goes at the end"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

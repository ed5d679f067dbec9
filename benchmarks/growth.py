"""python -m benchmarks.growth: what grows with the years, and how fast: ledger, partitions, sketches, memory.

The ledger is filled with links as a crawl leaves them, below the code that crawls use, and then asked through
that code. Partitions and texts come from a crawl of the replica's pages. CPU time throughout, unless it says
otherwise. Ten million links take some minutes and 1.5 GB in --folder.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.crawl import Cost, Place, ours
from benchmarks.duplicates import measure_speed
from benchmarks.report import machine, put_into, table
from benchmarks.static_site import served, site_of
from pipelines.storage.ledger import DiscoveredLink, Ledger
from pipelines.storage.merge import in_order
from pipelines.storage.partition_update import PartitionUpdate
from pipelines.storage.partitions import (
    encode,
    partition_path,
    read_partition,
    row_groups,
    write_partition,
)
from pipelines.storage.publish import PublishReport

OUTLET = "sputnik"
_SCREEN = 50
_ASKED = 20_000
_QUICKLY_FILLED = 100_000
_MONTHS = 12


def ledger_rows(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """For each number of links: cost of opening, of a known and a new link, disk and memory."""
    for size in sizes:
        path = folder / f"ledger-{size}.sqlite"
        if size <= _QUICKLY_FILLED:
            path.unlink(missing_ok=True)  # what an earlier measurement added would weigh
        if not path.exists():
            _fill_ledger(path, size)
        with closing(sqlite3.connect(path)) as connection:
            query = "SELECT key FROM links ORDER BY key LIMIT ? OFFSET ?"
            known = [row[0] for row in connection.execute(query, (_ASKED, size // 2))]
        stride = max(1, len(known) // _SCREEN)
        # Not as they lie on the disk: a listing's links are strewn over the keys.
        known = [key for start in range(stride) for key in known[start::stride]]
        on_disk = path.stat().st_size
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        with Ledger.open(path) as ledger:
            opened = time.process_time() - began
            known_cost = _cost_of(ledger, known)
            new_cost = _cost_of(ledger, [secrets.token_bytes(16) for _ in range(_ASKED)])
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        yield (
            f"{size:,}",
            f"{1e6 * known_cost:.1f} µs",
            f"{1e6 * new_cost:.1f} µs",
            f"{1000 * opened:.0f} ms",
            f"{on_disk / size:.0f} B",
            f"{memory / 1024:.0f} MiB",
        )


def _cost_of(ledger: Ledger, keys: Sequence[bytes]) -> float:
    """CPU seconds a link that a listing shows, a screen at a time."""
    began = time.process_time()
    for start in range(0, len(keys), _SCREEN):
        shown = [
            DiscoveredLink(key, _address(key), "listing:/asia/") for key in keys[start : start + _SCREEN]
        ]
        ledger.discover(OUTLET, shown, 1_780_000_000)
    return (time.process_time() - began) / len(keys)


def _fill_ledger(path: Path, size: int) -> None:
    """Stored links as years of crawls leave them: without address, with id, hash and month."""
    with Ledger.open(path) as ledger:
        first = DiscoveredLink(secrets.token_bytes(16), "https://sputnikglobe.com/1.html", "listing:/asia/")
        ledger.discover(OUTLET, [first], 1_700_000_000)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        outlet, state = connection.execute("SELECT outlet, 2 FROM links").fetchone()
        columns = "key, outlet, state, channels, first_channel, attempts, revision, first_seen_at"
        columns += ", last_fetched_at, month, native_id, content_hash"
        statement = f"INSERT INTO links ({columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
        # As they arrive, strewn over the keys: the file gets the holes that it has in real life.
        for start in range(1, size, 100_000):
            rows = (
                (
                    *(secrets.token_bytes(16), outlet, state, 1, 0, 0, 0, 1_700_000_000 + number),
                    *(1_700_000_100 + number, 202601, str(1_100_000_000 + number), secrets.token_bytes(8)),
                )
                for number in range(start, min(size, start + 100_000))
            )
            connection.executemany(statement, sorted(rows))
            connection.commit()


def _address(key: bytes) -> str:
    return f"https://sputnikglobe.com/20260501/{key.hex()}.html"


def crawl(folder: Path, pages: int) -> tuple[Path, Cost]:
    """A crawl of so many small pages; its articles lie below the folder that comes first."""
    site = site_of(folder, pages, 0, per_listing=max(50, pages // 190))
    with served(site, folder) as origin:
        place = Place(site, origin, folder, pages)
        cost = ours(place)
    # What the kernel tells of a child begins with the memory of its parent, this process.
    (report,) = (folder / "data" / "runs").glob("*.json")
    mib = json.loads(report.read_text())["peak_memory_mib"]
    return folder / "data" / "articles", replace(cost, mib=mib)


def partition_rows(folder: Path, articles: pa.Table, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """For each size of a partition: what it costs to publish 500 more rows into it."""
    for size in sizes:
        existing = _made_of(articles, size)
        staged = _made_of(articles, 500, first=size)
        update = PartitionUpdate(folder / f"partition-{size}", OUTLET, 202605, [], True, PublishReport())
        path = partition_path(update.data_dir, "articles", OUTLET, update.month)
        write_partition(path, existing)
        began, wall = time.process_time(), time.monotonic()
        update.take(staged)
        whole, wall = time.process_time() - began, time.monotonic() - wall
        merged = read_partition(path)
        encoding = time.process_time()
        encode(row_groups(merged), io.BytesIO())
        encoding = time.process_time() - encoding
        megabytes = merged.nbytes / 1e6
        yield (
            f"{size:,}",
            f"{whole:.3f} s",
            f"{wall:.2f} s",
            f"{megabytes / whole:.0f} MB/s",
            f"{megabytes / encoding:.0f} MB/s",
            f"{merged.nbytes / path.stat().st_size:.2f} ×",
        )


def _made_of(articles: pa.Table, rows: int, first: int = 0) -> pa.Table:
    """As many rows as wanted, each an own article: texts recur, but with their words in another order."""
    places = pa.array([number % len(articles) for number in range(first, first + rows)])
    ids = pa.array([f"{OUTLET}:{number}" for number in range(first, first + rows)], pa.string())
    taken = articles.take(places)
    bodies = pa.array(map(_shuffled, taken["body"].to_pylist(), range(first, first + rows)), pa.string())
    for name, column in (("article_id", ids), ("body", bodies)):
        taken = taken.set_column(taken.schema.get_field_index(name), taken.schema.field(name), column)
    return in_order(taken)


def _shuffled(text: str, seed: int) -> str:
    words = text.split(" ")
    random.Random(seed).shuffle(words)
    return " ".join(words)


def year_row(folder: Path, articles: pa.Table, a_month: int) -> tuple[str, ...]:
    """A year of partitions, asked by DuckDB; wall time, the best of three."""
    month = _made_of(articles, a_month)
    for number in range(1, _MONTHS + 1):
        name = f"year/outlet={OUTLET}/month=2025-{number:02}/articles.parquet"
        write_partition(folder / name, month, verify=False)
    files = f"read_parquet('{folder}/year/**/*.parquet', hive_partitioning = true)"
    queries = (
        f"SELECT count(*) FROM {files}",
        f"SELECT month, section, count(*), avg(word_count) FROM {files} GROUP BY ALL",
        f"SELECT headline FROM {files} WHERE article_id = '{OUTLET}:{a_month // 2}'",
        f"SELECT count(*) FROM {files} WHERE body ILIKE '%typhoon%'",
    )
    times = []
    with duckdb.connect() as connection:
        for query in queries:
            times.append(min(_seconds(connection, query) for _ in range(3)))
    return (f"{_MONTHS * a_month:,}", *(f"{seconds:.2f} s" for seconds in times))


def _seconds(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    began = time.monotonic()
    connection.sql(query).fetchall()
    return time.monotonic() - began


def memory_rows(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Peak memory of crawls of so many pages, and what each page added since the size before."""
    before: tuple[int, float] | None = None
    for size in sizes:
        _, cost = crawl(folder, size)
        growth = f"{1024 * (cost.mib - before[1]) / (size - before[0]):.2f} KiB" if before else ""
        before = size, cost.mib
        yield f"{size:,}", f"{cost.mib:.0f} MiB", growth, f"{1000 * cost.cpu / size:.2f} ms"


def parts(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, str]]:
    """Each part's name and its figures."""
    if options.links:
        head = ("links", "a known link", "a new link", "opening", "on disk, a link", "memory")
        yield "ledger", table(head, [*ledger_rows(folder, options.links)])
    if options.rows:
        data, _ = crawl(folder, 1500)
        files = sorted(data.glob("**/*.parquet"))
        articles = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
        articles = articles.replace_schema_metadata(read_partition(files[0]).schema.metadata)
        texts = articles["body"].to_pylist()[:1000]
        yield (
            "near-duplicates",
            "\n".join(f"- {measure_speed(texts, count)}" for count in options.documents),
        )
        head = ("rows", "publish 500 more", "wall", "whole", "encode", "compression")
        yield "partitions", table(head, [*partition_rows(folder, articles, options.rows)])
        head = ("rows in a year", "count", "group by section", "one article", "search all texts")
        yield "year", table(head, [year_row(folder, articles, 1700)])
    if options.pages:
        head = ("pages", "peak memory", "each further page", "CPU a page")
        yield "memory", table(head, [*memory_rows(folder, options.pages)])


def main() -> int:
    """Measure what was asked for, print it, and put it into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where ledgers and sites stay for another time")
    parser.add_argument("--links", type=int, nargs="*", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000, 5_000, 20_000])
    parser.add_argument("--documents", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--pages", type=int, nargs="*", default=[5_000, 50_000])
    parser.add_argument("--report", type=Path, help="write the figures into this page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="asiadesk-growth-") as temporary:
        for name, text in parts(options, options.folder or Path(temporary)):
            print(f"{name}\n{text}\n", flush=True)
            if options.report:
                made = f"Made by `python -m benchmarks.growth` {machine()}.\n\n"
                put_into(options.report, name, made + text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

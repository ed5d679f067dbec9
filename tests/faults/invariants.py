"""What must hold after any fault and one more run: the invariants I1 to I8.

I1 every link that a channel showed is in the one terminal state that an undisturbed crawl gives it;
I2 each article id is in one row of all files; I3 no acknowledged page is lost or asked for again;
I4 every visible Parquet file opens at every moment; I5 a further run adds nothing; I6 files and ledger agree;
I7 the ledger is sound; I8 the exit code says what the ledger says.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.layout import DataPath, ledger_path, local_folder
from pipelines.storage.ledger import TERMINAL, Ledger
from pipelines.storage.partitions import partition_path, partitions
from pipelines.storage.raw_archive import RawPageMissing, locations, raw_files, read_raw
from pipelines.storage.s3 import S3Path

# Differ between any two runs; `channel` because channels are asked at the same time, and one answers first.
VOLATILE = ("run_id", "fetched_at", "first_seen_at", "raw_file", "raw_offset", "channel")


class Violation(AssertionError):
    """An invariant does not hold; the message begins with its number."""


def require(condition: object, invariant: str, message: str) -> None:
    """Raise Violation unless the condition holds."""
    if not condition:
        raise Violation(f"{invariant}: {message}")


@dataclass(slots=True)
class Contents:
    """All that a data folder says, without what differs between any two runs."""

    articles: dict[str, dict[str, Any]] = field(default_factory=dict)
    revisions: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    states: dict[bytes, str] = field(default_factory=dict)


def read_contents(
    data_dir: DataPath, outlet: str, keys: Iterable[bytes], ledger_url: str | None = None
) -> Contents:
    """Read files and ledger. Raises Violation where they break a rule that needs no comparison.

    The ledger is the data folder's own file, or on a server if `ledger_url` names one.
    """
    contents = Contents()
    rows_by_place = _read_rows(data_dir, outlet, contents)
    with Ledger.open(ledger_url or ledger_path(data_dir)) as ledger:
        links = ledger.links(keys)
        require(not ledger.staged_months(outlet), "I6", f"rows still wait: {ledger.staged_months(outlet)}")
        runs = ledger.runs(outlet)
        require(all(run.status != "running" for run in runs), "I8", f"a run never ended: {runs}")
        for quarantined in ledger.quarantined(outlet, 1000):
            require(quarantined.raw_file, "I3", f"no raw page of the quarantined {quarantined.url}")
            _raw(data_dir, quarantined.raw_file, quarantined.raw_offset)
        counts = Counter(link.state for link in links.values() if link.outlet == outlet)
    for key, link in links.items():
        require(link.state in TERMINAL, "I1", f"{link.url or key.hex()} is still {link.state}")
        contents.states[key] = str(link.state)
        if link.article_id is not None:
            require(link.month is not None, "I6", f"{link.article_id} has no month")
            there = rows_by_place.pop((link.article_id, link.month), None)
            require(there is not None, "I6", f"{link.article_id} is no row of month {link.month}")
            require(there == link.revision, "I6", f"{link.article_id}: row {there}, ledger {link.revision}")
    require(not rows_by_place, "I6", f"rows that the ledger does not know: {sorted(rows_by_place)}")
    require(sum(counts.values()) == len(links), "I1", "links of another outlet")
    if ledger_url is None:
        _check_file(ledger_path(data_dir))
    _check_raw(data_dir, outlet)
    _check_leftovers(data_dir)
    return contents


def _read_rows(data_dir: DataPath, outlet: str, contents: Contents) -> dict[tuple[str, int], int]:
    """All rows of the files, and which revision lies in which month."""
    places: dict[tuple[str, int], int] = {}
    for partition in partitions(data_dir, "articles"):
        require(partition.outlet == outlet, "I6", f"a partition of {partition.outlet}")
        for row in _rows(partition.path):
            require(row["article_id"] not in contents.articles, "I2", f"{row['article_id']} is there twice")
            page = _raw(data_dir, row["raw_file"], row["raw_offset"])
            require(page.url == row["url"], "I3", f"raw page of {row['article_id']} is {page.url}")
            contents.articles[row["article_id"]] = _lasting(row)
            places[row["article_id"], partition.month] = row["revision"]
    for partition in partitions(data_dir, "revisions"):
        for row in _rows(partition.path):
            key = (row["article_id"], row["revision"])
            require(key not in contents.revisions, "I2", f"revision {key} is there twice")
            current = contents.articles.get(row["article_id"])
            require(current is not None, "I3", f"{row['article_id']} has only earlier versions")
            # Those articles came first: a version may be in both places only until the next publish.
            require(
                current and current["revision"] > row["revision"], "I2", f"revision {key} is the present one"
            )
            contents.revisions[key] = _lasting(row)
    return places


def _rows(path: DataPath) -> list[dict[str, Any]]:
    try:
        content = pa.BufferReader(path.read_bytes())
        return pq.ParquetFile(content, page_checksum_verification=True).read().to_pylist()
    except Exception as error:
        raise Violation(f"I4: {path} does not open: {error}") from error


def _lasting(row: dict[str, Any]) -> dict[str, Any]:
    lasting = {name: value for name, value in row.items() if name not in VOLATILE}
    if row["published_source"] == "first_seen":
        lasting.pop("published_at")
    return lasting


def _raw(data_dir: DataPath, file: str | None, offset: int | None) -> Any:
    require(file is not None and offset is not None, "I3", "a row without its raw page")
    assert file is not None and offset is not None
    try:
        return read_raw(data_dir, file, offset)
    except RawPageMissing as error:
        raise Violation(f"I3: {error}") from error


def _check_file(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        [(said,)] = connection.execute("PRAGMA integrity_check").fetchall()
        require(said == "ok", "I7", said)


def _check_raw(data_dir: DataPath, outlet: str) -> None:
    for file in raw_files(data_dir, outlet):
        ends_at = 0
        for location, _, _ in locations(data_dir, file):
            ends_at = location.offset
        content = (data_dir / file).read_bytes()
        require(content.endswith(b"\r\n\r\n"), "I3", f"{file} ends torn")
        # Only the request record may follow the last answer.
        require(content.count(b"\nWARC-Type: re", ends_at) <= 2, "I3", f"{file}: garbage after {ends_at}")


def _check_leftovers(data_dir: DataPath) -> None:
    leftovers = [path for path in local_folder(data_dir).rglob(".*") if path.is_file()]
    if isinstance(data_dir, S3Path):
        leftovers += (data_dir.local / "raw").rglob("*.warc")
    require(not leftovers, "I6", f"leftovers of dead writers: {[str(path) for path in leftovers]}")


def require_same(found: Contents, expected: Contents) -> None:
    """Compare a data folder with that of an undisturbed crawl, row by row and link by link."""
    for name, there, wanted in (
        ("article", found.articles, expected.articles),
        ("revision", found.revisions, expected.revisions),
        ("link", found.states, expected.states),
    ):
        missing, extra = wanted.keys() - there.keys(), there.keys() - wanted.keys()
        require(not missing, "I3", f"{name}s lost: {sorted(map(str, missing))}")
        require(not extra, "I2", f"{name}s too many: {sorted(map(str, extra))}")
        for key, value in wanted.items():
            require(there[key] == value, "I1", f"{name} {key}: {_difference(there[key], value)}")


def _difference(there: Any, wanted: Any) -> str:
    if not isinstance(wanted, dict):
        return f"{there!r} instead of {wanted!r}"
    return "; ".join(
        f"{name} is {there.get(name)!r} instead of {value!r}"
        for name, value in wanted.items()
        if there.get(name) != value
    )


def files_of(data_dir: DataPath) -> dict[str, bytes]:
    """The dataset's files, for comparing before and after."""
    return {
        str(partition.path): partition.path.read_bytes()
        for dataset in ("articles", "revisions")
        for partition in partitions(data_dir, dataset)
    }


def partition_file(data_dir: DataPath, outlet: str, month: int) -> Path:
    """Where an outlet's articles of a month lie."""
    return partition_path(data_dir, "articles", outlet, month)


class Reader(threading.Thread):
    """Reads every visible Parquet file while others write (I4), and looks for doubles (I2)."""

    def __init__(self, data_dir: DataPath) -> None:
        super().__init__(daemon=True)
        self._data_dir = data_dir
        self._done = threading.Event()
        self.reads = 0
        self.problems: list[str] = []

    def run(self) -> None:
        seen: dict[str, object] = {}
        while not self._done.wait(0.003):
            for path, version in self._visible():
                with suppress(FileNotFoundError):
                    if seen.get(str(path)) != version:
                        seen[str(path)] = version
                        self._read(path)

    def _visible(self) -> Iterator[tuple[DataPath, object]]:
        if isinstance(self._data_dir, S3Path):
            time.sleep(0.1)  # the server, too, needs the machine
            for found in self._data_dir.listed():
                if found.path.name.endswith(".parquet"):
                    yield found.path, found.version
            return
        for path in list(self._data_dir.glob("*/outlet=*/month=*/[!.]*.parquet")):
            with suppress(FileNotFoundError):
                status = path.stat()
                yield path, (status.st_ino, status.st_mtime_ns)

    def _read(self, path: DataPath) -> None:
        self.reads += 1
        try:
            source = path if isinstance(path, Path) else pa.BufferReader(path.read_bytes())
            ids = pq.read_table(source, columns=["article_id", "revision"], partitioning=None).to_pylist()
        except FileNotFoundError:
            raise
        except Exception as error:
            self.problems.append(f"I4: {path}: {error}")
            return
        keys = [(row["article_id"], row["revision"] if "revisions" in path.name else 0) for row in ids]
        if len(set(keys)) != len(keys):
            self.problems.append(f"I2: {path} showed an article twice")

    def stop(self) -> None:
        """End the thread; raises Violation for what it met."""
        self._done.set()
        self.join()
        require(not self.problems, "", "; ".join(self.problems))

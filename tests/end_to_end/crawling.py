"""Runs the real `scrapy` command against the replica, in a process of its own, and reads what it left."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.storage.layout import DataPath
from pipelines.storage.ledger import KnownLink, Ledger
from pipelines.storage.partitions import partitions, read_partition
from tests.replica.server import Replica

ROOT = Path(__file__).parents[2]

# The page itself determines these; the rest of a row is provenance or derived.
PAGE_FIELDS = (
    *("canonical_url", "headline", "lead", "description", "body", "dateline", "published_at", "modified_at"),
    *("authors", "tags", "section", "images", "related", "flags", "language"),
)


def crawl_command(replica: Replica, data_dir: DataPath, *options: str) -> list[str]:
    """The command line of a crawl of the replica at the replica's time, without delays."""
    return [
        *(sys.executable, "-m", "scrapy", "crawl", "sputnik", "-a", f"origin={replica.url}"),
        *("-s", f"DATA_DIR={data_dir}", "-s", f"NOW={replica.now.isoformat()}", "-s", "DOWNLOAD_DELAY=0"),
        *options,
    ]


def crawl(replica: Replica, data_dir: DataPath, *options: str) -> subprocess.CompletedProcess[str]:
    """One crawl to its end."""
    return subprocess.run(
        crawl_command(replica, data_dir, *options), cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def scrapy(data_dir: DataPath, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Another scrapy command on the same data folder."""
    command = [sys.executable, "-m", "scrapy", arguments[0], "-s", f"DATA_DIR={data_dir}", *arguments[1:]]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def stored_rows(data_dir: DataPath, dataset: str = "articles") -> dict[str, dict[str, Any]]:
    """The dataset's rows by article id; an id twice is an error."""
    found = list(partitions(data_dir, dataset))  # type: ignore[arg-type]
    rows = pa.concat_tables([read_partition(p.path) for p in found]).to_pylist() if found else []
    by_id = {row["article_id"]: row for row in rows}
    assert dataset != "articles" or len(by_id) == len(rows), "an article is in two rows"
    return by_id


def link_of(data_dir: Path, key: bytes) -> KnownLink | None:
    """What the ledger knows of a link."""
    with Ledger.open(data_dir / "state" / "ledger.sqlite") as ledger:
        return ledger.link(key)


def last_report(data_dir: Path) -> dict[str, Any]:
    """The newest run report."""
    newest = max((data_dir / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    report: dict[str, Any] = json.loads(newest.read_text())
    return report


def plain(value: Any) -> Any:
    """A stored value as the truth writes it."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def page_fields(row: dict[str, Any]) -> dict[str, Any]:
    """The fields that the page determines."""
    return {name: plain(row[name]) for name in PAGE_FIELDS}

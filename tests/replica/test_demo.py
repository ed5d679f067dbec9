"""`make demo` crawls the replica twice with the production command and is content with what it sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb


def test_the_demo_ends_well_and_leaves_a_dataset_where_it_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.replica.demo", "--articles", "300", "--data-dir", str(tmp_path)]
    demo = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert demo.returncode == 0, demo.stderr
    assert "== The newest" in demo.stdout
    assert "Second crawl, an hour later by the replica's clock" in demo.stdout
    with duckdb.connect() as connection:
        files = f"{tmp_path}/articles/**/*.parquet"
        rows = connection.sql(f"SELECT count(*), count(DISTINCT article_id) FROM read_parquet('{files}')")
        count, distinct = rows.fetchall()[0]
    assert count == distinct > 30

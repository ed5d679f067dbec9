"""scrapy doctor: finds what disks, kills and people do to a data folder, and mends it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from crawler.commands.reparsing import KEPT
from pipelines.storage.ledger import Ledger
from pipelines.storage.lock import OutletLock
from pipelines.storage.merge import merge
from pipelines.storage.partitions import partitions, read_partition, write_partition
from pipelines.storage.raw_archive import raw_files
from pipelines.storage.schema import ARTICLE_SCHEMA
from pipelines.storage.warc_file import mark_of
from tests.end_to_end.crawling import scrapy, stored_rows


def doctor(data_dir: Path, *options: str) -> tuple[int, str]:
    """Exit code and what was said, in one line."""
    result = scrapy(data_dir, "doctor", *options)
    assert "Traceback" not in result.stderr, result.stderr
    return result.returncode, " ".join((result.stdout + result.stderr).split())


def of_the_page(rows: dict[str, dict[str, Any]], *but: str) -> dict[str, dict[str, Any]]:
    """The columns that come from the page, but these."""
    names = {"url", *ARTICLE_SCHEMA.names} - (KEPT - {"url"}) - set(but)
    return {key: {name: row[name] for name in names} for key, row in rows.items()}


def largest_partition(data_dir: Path) -> Path:
    return max((p.path for p in partitions(data_dir, "articles")), key=lambda path: path.stat().st_size)


def flip_a_bit(path: Path, at: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3 if at is None else at] ^= 0x10
    path.write_bytes(content)


def place_of(path: Path, column: str) -> int:
    """A byte of the column's last page."""
    group = pq.ParquetFile(path).metadata.row_group(0)
    found = next(c for c in map(group.column, range(group.num_columns)) if c.path_in_schema == column)
    start = found.dictionary_page_offset or found.data_page_offset
    return int(start + found.total_compressed_size - 3)


def ledger_path(data_dir: Path) -> Path:
    return data_dir / "state" / "ledger.sqlite"


def test_a_sound_folder_is_called_so(data_dir: Path) -> None:
    assert doctor(data_dir, "--deep") == (0, "All is well.")


def test_a_flipped_bit_is_found_and_the_partition_restored_from_raw_pages(data_dir: Path) -> None:
    before = stored_rows(data_dir)
    path = largest_partition(data_dir)
    flip_a_bit(path)
    code, said = doctor(data_dir, "--dry-run")
    assert code == 20
    assert "doctor makes it again" in said
    code, said = doctor(data_dir)
    assert code == 0
    assert "rows made again" in said
    after = stored_rows(data_dir)
    assert of_the_page(after) == of_the_page(before)
    for article_id, row in after.items():
        for name in ("revision", "run_id", "raw_file", "raw_offset", "etag", "channel", "duplicate_of"):
            assert row[name] == before[article_id][name], (article_id, name)
    assert [p.name for p in (data_dir / "state" / "damaged").iterdir()]
    assert doctor(data_dir) == (0, "All is well.")


def test_a_lost_partition_comes_back(data_dir: Path) -> None:
    before = stored_rows(data_dir)
    largest_partition(data_dir).unlink()
    assert doctor(data_dir)[0] == 0
    after = stored_rows(data_dir)
    assert of_the_page(after) == of_the_page(before)
    assert all(row["channel"] for row in after.values())  # no page says it, but the ledger does


def test_what_has_no_raw_page_is_forgotten_so_that_it_can_be_fetched_again(data_dir: Path) -> None:
    before = stored_rows(data_dir)
    path = largest_partition(data_dir)
    lost = read_partition(path)["article_id"].to_pylist()
    flip_a_bit(path, place_of(path, "body"))
    shutil.rmtree(data_dir / "raw")
    code, said = doctor(data_dir)
    assert code == 20
    assert "have no raw page" in said
    assert stored_rows(data_dir).keys() == before.keys() - set(lost)
    with Ledger.open(ledger_path(data_dir)) as ledger:
        assert sum(ledger.counts("sputnik").values()) == count_links(data_dir)
    assert doctor(data_dir) == (0, "All is well.")


def test_a_ledger_of_another_folder_forgets_nothing_unless_asked(data_dir: Path, tmp_path: Path) -> None:
    empty = tmp_path / "mistyped"
    empty.mkdir()
    ledger = ("-s", f"LEDGER={ledger_path(data_dir)}")
    code, said = doctor(empty, *ledger)
    assert code == 20
    assert "name the ledger's own DATA_DIR" in said
    assert doctor(data_dir) == (0, "All is well.")
    code, said = doctor(empty, *ledger, "--rebuild")
    assert code == 20
    assert "fetched again when a channel shows them" in said


def test_what_can_still_be_read_of_a_damaged_file_needs_no_raw_page(data_dir: Path) -> None:
    before = stored_rows(data_dir)
    path = largest_partition(data_dir)
    flip_a_bit(path, place_of(path, "section"))
    shutil.rmtree(data_dir / "raw")
    code, said = doctor(data_dir)
    assert code == 0, said
    after = stored_rows(data_dir)
    assert of_the_page(after, "section") == of_the_page(before, "section")
    assert {key: row["channel"] for key, row in after.items()} == {
        key: row["channel"] for key, row in before.items()
    }
    assert doctor(data_dir) == (0, "All is well.")


def test_a_damaged_ledger_with_a_place_of_its_own_is_made_anew_too(data_dir: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite"
    elsewhere.write_bytes(b"no database at all" * 100)
    at = ("-s", f"LEDGER={elsewhere}")
    assert doctor(data_dir, *at)[0] == 21
    with OutletLock(data_dir, "sputnik"):
        code, said = doctor(data_dir, "--rebuild", *at)
    assert code == 21
    assert "come back when the run has ended" in said
    code, said = doctor(data_dir, "--rebuild", *at)
    assert code == 0, said
    assert doctor(data_dir, *at) == (0, "All is well.")


def test_a_damaged_ledger_is_made_anew_only_when_asked(data_dir: Path) -> None:
    before = stored_rows(data_dir)
    for path in ledger_path(data_dir).parent.glob("ledger.sqlite*"):
        path.write_bytes(b"no database at all" * 100)
    code, said = doctor(data_dir)
    assert code == 21
    assert "run `scrapy doctor --rebuild`" in said
    code, said = doctor(data_dir, "--rebuild")
    assert code == 0
    assert "made anew" in said
    with Ledger.open(ledger_path(data_dir)) as ledger:
        assert sum(ledger.counts("sputnik").values()) == len(before)
    assert stored_rows(data_dir) == before
    assert doctor(data_dir) == (0, "All is well.")


def test_remains_of_dead_runs_are_cleared_away(data_dir: Path) -> None:
    partition = largest_partition(data_dir)
    half = partition.with_name(".articles.parquet.4711-0123abcd.tmp")
    half.write_bytes(b"PAR1 half")
    raw = data_dir / raw_files(data_dir, "sputnik")[0]
    raw.write_bytes(raw.read_bytes() + b"WARC/1.1\r\nhalf a rec")
    mark_of(raw).write_bytes(b"")
    with Ledger.open(ledger_path(data_dir)) as ledger:
        ledger.begin_run("sputnik-dead", "sputnik")
    code, said = doctor(data_dir)
    assert code == 0
    for expected in ("half-written files", "half a record", "died without a word"):
        assert expected in said
    assert not half.exists()
    assert not mark_of(raw).exists()
    assert doctor(data_dir) == (0, "All is well.")


def test_a_ledger_that_says_other_than_the_files_follows_them(data_dir: Path) -> None:
    with closing(sqlite3.connect(ledger_path(data_dir))) as connection, connection:
        connection.execute("UPDATE links SET revision = 7 WHERE month IS NOT NULL")
    code, said = doctor(data_dir)
    assert code == 0
    assert "did not say what the files say" in said
    assert doctor(data_dir) == (0, "All is well.")


def test_a_row_that_somebody_deleted_comes_back(data_dir: Path) -> None:
    before = stored_rows(data_dir)
    path = largest_partition(data_dir)
    write_partition(path, merge(ARTICLE_SCHEMA.empty_table(), read_partition(path).slice(1)).articles)
    assert len(stored_rows(data_dir)) == len(before) - 1
    code, said = doctor(data_dir)
    assert code == 0
    assert "1 articles of the ledger are not in it" in said
    assert of_the_page(stored_rows(data_dir)) == of_the_page(before)


def test_rotten_raw_pages_are_named_by_a_deep_look(data_dir: Path) -> None:
    raw = data_dir / raw_files(data_dir, "sputnik")[0]
    body = raw.read_bytes().index(b"\x1f\x8b\x08")  # what gzip begins with
    flip_a_bit(raw, body + 100)
    code, said = doctor(data_dir, "--deep")
    assert code == 20
    assert "no longer fits its digest" in said


def test_an_outlet_that_is_being_crawled_is_left_alone(data_dir: Path) -> None:
    with OutletLock(data_dir, "sputnik"):
        code, said = doctor(data_dir)
    assert code == 0
    assert "come back when the run has ended" in said


@pytest.mark.parametrize(("option", "word"), [("MIN_FREE_BYTES=9999999999999999", "free some space")])
def test_a_disk_with_little_room_is_named(data_dir: Path, option: str, word: str) -> None:
    code, said = doctor(data_dir, "-s", option)
    assert code == 20
    assert word in said


def count_links(data_dir: Path) -> int:
    with closing(sqlite3.connect(ledger_path(data_dir))) as connection:
        return int(connection.execute("SELECT count(*) FROM links").fetchone()[0])

"""The data folder in a bucket: same rules as on a disk, whatever the server does."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pytest
from pyarrow.fs import S3FileSystem

from pipelines.storage import s3, spool
from pipelines.storage.errors import StorageError
from pipelines.storage.layout import UnusableDataFolder, data_folder, local_folder, state_folder
from pipelines.storage.ledger import Ledger, LinkState
from pipelines.storage.partitions import partition_path, partitions, read_partition, write_partition
from pipelines.storage.publish import publish
from pipelines.storage.raw_archive import RawArchive, RawPageMissing, damage, drop_old, raw_files, read_raw
from pipelines.storage.rebuild import rebuild_ledger
from pipelines.storage.s3 import ReplacedMeanwhile, S3Error, S3Path
from pipelines.storage.views import connect
from tests.pipelines.storage.samples import OUTLET, begun, fetched
from tests.pipelines.storage.tables_of_rows import table, version
from tests.pipelines.storage.test_raw_archive import RUN, a_page
from tests.s3.faulty_server import FaultyS3, leading_to

RAW_FILE = f"raw/sputnik/2026-11/{RUN}-0.warc"


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyS3]:
    with FaultyS3() as server, leading_to(server):
        yield server


@pytest.fixture
def data_dir(
    server: FaultyS3, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> S3Path:
    """A prefix of its own for each test."""
    monkeypatch.setattr(s3, "FIRST_PAUSE", 0.005)
    return S3Path(server.bucket, f"{abs(hash(request.node.name))}", tmp_path / "state")


@pytest.fixture
def file(data_dir: S3Path) -> S3Path:
    return data_dir / "folder=1" / "file.json"


class TestObjects:
    def test_what_was_written_is_read_and_listed(self, data_dir: S3Path, file: S3Path) -> None:
        assert not file.exists()
        assert not data_dir.is_dir()
        file.write(b"first", replaces=None)
        (data_dir / "folder=1" / ".hidden.json").write(b"")
        (data_dir / "folder=2" / "deep" / "file.json").write(b"")
        assert file.exists()
        assert data_dir.is_dir()
        assert (file.read_bytes(), file.stat().st_size, file.name) == (b"first", 5, "file.json")
        assert list(data_dir.glob("folder=*/[!.]*.json")) == [file]
        assert [str(found) for found in data_dir.glob("folder=2/deep/*")] == [
            f"{data_dir}/folder=2/deep/file.json"
        ]
        file.unlink()
        file.unlink()
        with pytest.raises(FileNotFoundError, match=r"s3://.*/file\.json does not exist"):
            file.read()

    def test_a_missing_bucket_is_called_so(self, data_dir: S3Path) -> None:
        nowhere = S3Path("nobody-made-this", "asiadesk", data_dir.local)
        for ask in (nowhere.is_dir, (nowhere / "one").read_bytes):  # a HEAD is answered without a reason
            with pytest.raises(S3Error, match="there is no such bucket"):
                ask()

    def test_a_listing_of_more_than_a_page_is_whole(self, data_dir: S3Path) -> None:
        names = [f"{number:04}" for number in range(1003)]
        for name in names:
            (data_dir / name).write(b"")
        assert [path.name for path in data_dir.glob("*")] == names

    def test_only_the_version_that_was_read_is_replaced(self, file: S3Path) -> None:
        file.write(b"first", replaces=None)
        _, first = file.read()
        file.write(b"second", replaces=first)
        for replaces in (first, None):
            with pytest.raises(ReplacedMeanwhile, match=r"file\.json: another writer has replaced it"):
                file.write(b"third", replaces)
        file.unlink()
        with pytest.raises(ReplacedMeanwhile):
            file.write(b"third", first)

    def test_of_two_writers_one_is_told(self, file: S3Path) -> None:
        file.write(b"begin")
        _, version = file.read()
        told: list[ReplacedMeanwhile] = []

        def write(content: bytes) -> None:
            try:
                file.write(content, version)
            except ReplacedMeanwhile as error:
                told.append(error)

        writers = [threading.Thread(target=write, args=(f"writer {n}".encode(),)) for n in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len(told) == 3

    def test_a_repeated_write_whose_answer_was_lost_succeeds(self, file: S3Path) -> None:
        file.write(b"same", replaces=None)
        file.write(b"same", replaces=None)

    def test_a_file_that_is_replaced_while_it_is_read_is_no_mixture(self, file: S3Path) -> None:
        file.write(b"a" * (s3._READ_AT_ONCE + 10))
        with file.open() as source:
            assert source.read(3) == b"aaa"
            file.write(b"b" * (s3._READ_AT_ONCE + 10))
            with pytest.raises(S3Error, match="was replaced while it was read"):
                source.read()

    def test_every_call_survives_faults(self, server: FaultyS3, file: S3Path) -> None:
        with server.failing(0.25, seed=5):
            for number in range(25):
                content = f"{number}".encode() * 1000
                before = file.read()[1] if file.exists() else None
                file.write(content, before)
                with file.open() as source:
                    source.seek(10)
                    assert source.read() == content[10:]
        assert all(server.calls[fault] for fault in ("500", "503", "reset before", "reset after", "cut"))

    def test_a_server_that_never_answers_is_given_up(
        self, server: FaultyS3, file: S3Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3, "TRIES", 3)
        with server.failing(1.0, seed=7), pytest.raises(S3Error, match=r"s3://.*/file\.json: "):
            for _ in range(50):
                file.write(b"")
        assert issubclass(S3Error, StorageError)

    def test_what_is_of_no_use_is_not_tried_again(self, server: FaultyS3, tmp_path: Path) -> None:
        nowhere = S3Path("no-such-bucket", "a", tmp_path)
        before = server.calls.total()
        with pytest.raises(S3Error, match=r"no.such.bucket"):
            nowhere.write(b"")
        with pytest.raises(S3Error, match=r"(?i)no.such.bucket"):
            nowhere.is_dir()
        assert server.calls.total() == before + 2


class TestPlaces:
    def test_the_ledger_says_where_the_local_part_lies(self) -> None:
        for ledger, local in (
            ("/srv/asiadesk/ledger.sqlite", "/srv/asiadesk"),
            ("sqlite:////srv/asiadesk/ledger.sqlite", "/srv/asiadesk"),
            ("postgresql+psycopg://host/db", str(Path("data/state").absolute())),
        ):
            folder = data_folder("s3://bucket/a/b=1/", ledger)
            assert str(folder) == "s3://bucket/a/b=1"
            assert str(local_folder(folder)) == str(state_folder(folder)) == local
        assert state_folder(data_folder("s3://bucket", "postgresql://h/d", "/var/state")) == Path(
            "/var/state"
        )

    @pytest.mark.parametrize("ledger", [None, "", "s3://bucket/ledger.sqlite"])
    def test_a_ledger_in_a_bucket_is_refused_with_the_remedy(self, ledger: str | None) -> None:
        with pytest.raises(UnusableDataFolder, match=r"cannot lie in a bucket.*-s LEDGER=/srv"):
            data_folder("s3://bucket/prefix", ledger)

    @pytest.mark.parametrize(
        "text", ["s3:/bucket", "s3://", "s3://Bucket", "s3://bucket/a b", "s3://bucket//x"]
    )
    def test_a_wrong_address_is_refused(self, text: str) -> None:
        with pytest.raises(UnusableDataFolder, match="write it as s3://bucket/prefix"):
            data_folder(text, "ledger.sqlite")

    def test_a_folder_on_a_disk_needs_nothing(self) -> None:
        assert data_folder("data") == Path("data")
        assert state_folder(Path("data")) == Path("data/state")

    def test_without_a_bucket_the_driver_is_not_loaded(self) -> None:
        program = "import sys, pipelines.session, crawler.run_report; assert 'obstore' not in sys.modules"
        subprocess.run([sys.executable, "-c", program], check=True)


def _ledger(data_dir: S3Path, name: str = "ledger") -> Ledger:
    return begun(Ledger.open(data_dir.local / f"{name}.sqlite"))


class TestPublishing:
    def test_rows_and_their_earlier_versions_reach_the_bucket(self, data_dir: S3Path) -> None:
        with _ledger(data_dir) as ledger:
            ledger.record([fetched(number) for number in range(3)], 1000)
            assert publish(ledger, data_dir, OUTLET).rows == 3
            ledger.record([fetched(1, at=2000, headline="Edited")], 2000)
            report = publish(ledger, data_dir, OUTLET)
            assert (report.rows, report.revisions, report.partitions) == (1, 1, 1)
            assert publish(ledger, data_dir, OUTLET).bytes == 0
            assert ledger.counts(OUTLET) == {LinkState.STORED: 3}
        articles, revisions = ([*partitions(data_dir, name)] for name in ("articles", "revisions"))
        assert [(found.outlet, found.month) for found in articles + revisions] == [(OUTLET, 202405)] * 2
        assert read_partition(articles[0].path)["revision"].to_pylist() == [0, 1, 0]
        with Ledger.open(data_dir.local / "new.sqlite") as made_anew:
            assert rebuild_ledger(made_anew, data_dir) == 3
            assert made_anew.counts(OUTLET) == {LinkState.STORED: 3}

    def test_two_writers_that_share_no_lock_lose_nothing(self, data_dir: S3Path, server: FaultyS3) -> None:
        def work(name: str, numbers: range) -> None:
            with _ledger(data_dir, name) as ledger:
                for number in numbers:
                    ledger.record([fetched(number)], 1000)
                    publish(ledger, data_dir, OUTLET)

        writers = [
            threading.Thread(target=work, args=(f"writer-{n}", range(n * 100, n * 100 + 6))) for n in range(2)
        ]
        with server.failing(0.1, seed=3):
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
        rows = read_partition(partition_path(data_dir, "articles", OUTLET, 202405))
        wanted = {f"{OUTLET}:{n * 100 + number}" for n in range(2) for number in range(6)}
        assert set(rows["article_id"].to_pylist()) == wanted
        assert len(rows) == 12

    def test_a_bucket_that_refuses_keeps_everything_staged(
        self, data_dir: S3Path, server: FaultyS3, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3, "TRIES", 1)
        with _ledger(data_dir) as ledger:
            ledger.record([fetched(1)], 1000)
            with monkeypatch.context() as broken:
                broken.setattr(S3Path, "write", _refuse)
                with pytest.raises(StorageError, match=r"s3://.*bucket can be reached.*kept in the ledger"):
                    publish(ledger, data_dir, OUTLET)
            assert ledger.counts(OUTLET) == {LinkState.STAGED: 1}
            assert publish(ledger, data_dir, OUTLET).rows == 1

    def test_a_damaged_object_is_found(self, data_dir: S3Path) -> None:
        path = partition_path(data_dir, "articles", OUTLET, 202405)
        write_partition(path, table(version(1)))
        assert isinstance(path, S3Path)
        path.write(path.read_bytes()[:-9])
        with pytest.raises(StorageError, match=r"s3://.* cannot be read"):
            read_partition(path)


def _refuse(self: S3Path, content: object, replaces: str | None = None) -> None:
    raise S3Error(f"{self}: no")


class TestRawPages:
    def test_they_wait_on_this_machine_and_are_uploaded_whole(self, data_dir: S3Path) -> None:
        archive = RawArchive(data_dir, "sputnik", RUN)
        location = archive.append(a_page())
        archive.flush()
        assert location.file == RAW_FILE
        assert raw_files(data_dir, "sputnik") == [RAW_FILE]
        assert read_raw(data_dir, RAW_FILE, location.offset) == a_page()
        assert not (data_dir / RAW_FILE).exists()
        archive.close()
        assert raw_files(data_dir, "sputnik") == [RAW_FILE]
        assert not list(spool.waiting(data_dir, "sputnik"))
        assert read_raw(data_dir, RAW_FILE, location.offset) == a_page()
        assert not list(damage(data_dir, RAW_FILE))

    def test_a_large_archive_is_uploaded_in_parts(self, data_dir: S3Path) -> None:
        with RawArchive(data_dir, "sputnik", RUN, rotate_bytes=1000) as archive:
            places = [archive.append(a_page(f"page {n}".encode() * 200)) for n in range(4)]
        assert len(raw_files(data_dir, "sputnik")) == 4
        assert read_raw(data_dir, places[2].file, places[2].offset).body == b"page 2" * 200

    def test_what_a_killed_run_left_is_uploaded_by_the_next(self, data_dir: S3Path) -> None:
        archive = RawArchive(data_dir, "sputnik", RUN)
        location = archive.append(a_page())
        archive.flush()
        archive.abandon()
        (path,) = spool.waiting(data_dir, "sputnik")
        with path.open("ab") as torn:
            torn.write(b"WARC/1.1\r\nhalf a record")
        (mended,) = RawArchive.recover(data_dir, "sputnik")
        assert mended.cut_bytes == 23
        assert not list(spool.waiting(data_dir, "sputnik"))
        assert read_raw(data_dir, RAW_FILE, location.offset) == a_page()

    def test_an_upload_that_a_kill_left_half_noted_is_done_again(self, data_dir: S3Path) -> None:
        with RawArchive(data_dir, "sputnik", RUN) as archive:
            archive.append(a_page())
        path = data_dir.local / RAW_FILE
        path.parent.mkdir(parents=True)
        path.write_bytes((data_dir / RAW_FILE).read_bytes())
        RawArchive.recover(data_dir, "sputnik")
        assert not path.exists()

    def test_no_file_takes_the_place_of_another(self, data_dir: S3Path) -> None:
        path = data_dir.local / RAW_FILE
        path.parent.mkdir(parents=True)
        path.write_bytes(b"one")
        (data_dir / RAW_FILE).write(b"another")
        with pytest.raises(StorageError, match="move one of them away"):
            spool.upload(data_dir, path)
        assert path.exists()

    def test_a_second_archive_of_the_same_run_takes_the_next_name(self, data_dir: S3Path) -> None:
        for _ in range(2):
            with RawArchive(data_dir, "sputnik", RUN) as archive:
                archive.append(a_page())
        assert raw_files(data_dir, "sputnik") == [RAW_FILE, RAW_FILE.replace("-0.warc", "-1.warc")]

    def test_a_page_that_is_not_there_is_missing_and_one_out_of_reach_is_not(
        self, data_dir: S3Path, server: FaultyS3, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(RawPageMissing):
            read_raw(data_dir, RAW_FILE, 0)
        monkeypatch.setattr(s3, "TRIES", 1)
        with monkeypatch.context() as gone:
            gone.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            with pytest.raises(S3Error) as caught:
                read_raw(data_dir, RAW_FILE, 0)
        assert not isinstance(caught.value, RawPageMissing)

    def test_old_files_are_dropped(self, data_dir: S3Path) -> None:
        with RawArchive(data_dir, "sputnik", RUN, rotate_bytes=100) as archive:
            places = [archive.append(a_page(f"page {n}".encode())) for n in range(2)]
        now = datetime.now(UTC)
        assert drop_old(data_dir, "sputnik", now=now, keep_days=1) == []
        tomorrow = now + timedelta(days=2)
        dropped = drop_old(data_dir, "sputnik", now=tomorrow, keep_days=1, needed=[places[0].file])
        assert dropped == [places[1].file]
        assert raw_files(data_dir, "sputnik") == [places[0].file]


def test_all_readers_agree(data_dir: S3Path, server: FaultyS3) -> None:
    for outlet in ("demo_times", "other_times"):
        for month in (202404, 202405):
            rows = table(*(version(number, similarity=0.5, tags=["a", "b"]) for number in range(3)))
            write_partition(partition_path(data_dir, "articles", outlet, month), rows)
    endpoint = server.environment()["AWS_ENDPOINT_URL"]
    bucket = S3FileSystem(
        access_key="invented",
        secret_key="invented",
        endpoint_override=endpoint,
        region="us-east-1",
        allow_bucket_creation=False,
    )
    folder = f"{data_dir.bucket}/{data_dir.key}/articles"
    arrow = ds.dataset(folder, filesystem=bucket, partitioning="hive").to_table()
    frame = pd.read_parquet(folder, filesystem=bucket)
    options = {
        "aws_endpoint_url": endpoint,
        "aws_access_key_id": "invented",
        "aws_secret_access_key": "invented",
        "aws_region": "us-east-1",
    }
    polar = pl.read_parquet(f"s3://{folder}/**/*.parquet", hive_partitioning=True, storage_options=options)
    with connect(data_dir) as duck:
        counts = duck.sql("SELECT outlet, month, count(*) FROM articles GROUP BY ALL ORDER BY ALL").fetchall()
        named = duck.sql("SELECT * FROM articles").columns
        assert duck.sql("SELECT count(*) FROM revisions").fetchall() == [(0,)]
        assert duck.sql("SELECT count(*) FROM changes").fetchall() == [(0,)]
    assert counts == [(o, m, 3) for o in ("demo_times", "other_times") for m in ("2024-04", "2024-05")]
    assert [len(arrow), len(frame), len(polar)] == [12, 12, 12]
    assert set(arrow.column_names) == set(frame) == set(polar.columns) == set(named)

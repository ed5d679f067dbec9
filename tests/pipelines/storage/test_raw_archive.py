"""The raw archive: what goes in comes out, readers of others agree, and a kill costs nothing acknowledged."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastwarcIterator
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from pipelines.storage import warc
from pipelines.storage.errors import StorageError
from pipelines.storage.raw_archive import (
    RawArchive,
    RawLocation,
    RawPage,
    RawPageMissing,
    drop_old,
    locations,
    raw_files,
    read_raw,
)
from pipelines.storage.warc_file import mark_of

NOW = datetime(2026, 11, 24, 8, 30, 15, 250_000, tzinfo=UTC)
RUN = "sputnik-20261124T083000Z-00ff"


def a_page(body: bytes = b"<html>page</html>", **changes: object) -> RawPage:
    page = RawPage(
        url="https://outlet.example/asia/1.html",
        status=200,
        request_headers=[(b"Host", b"outlet.example"), (b"User-Agent", b"asiadesk")],
        response_headers=[(b"Content-Type", b"text/html"), (b"Content-Encoding", b"br"), (b"Etag", b'"1"')],
        body=body,
        fetched_at=NOW,
    )
    for name, value in changes.items():
        setattr(page, name, value)
    return page


def keep(data_dir: Path, *pages: RawPage, **options: int) -> list[RawLocation]:
    with RawArchive(data_dir, "sputnik", RUN, **options) as archive:
        return [archive.append(page) for page in pages]


def records_by_warcio(path: Path) -> Iterator[tuple[str, str | None, bytes]]:
    with path.open("rb") as file:
        for record in WarcioIterator(file, check_digests="raise"):
            yield record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), record.raw_stream.read()


def records_by_fastwarc(path: Path) -> Iterator[tuple[str, str | None, bytes]]:
    for record in FastwarcIterator(BytesIO(path.read_bytes()), parse_http=False):
        kind, url = record.headers["WARC-Type"], record.headers.get("WARC-Target-URI")
        if record.is_http:
            record.parse_http()
        if kind == "response":
            assert record.verify_payload_digest(), url
        yield kind, url, record.reader.read()


def test_a_page_comes_back_as_it_went_in(tmp_path: Path) -> None:
    page = a_page(bytes(range(256)) * 4)
    [location] = keep(tmp_path, page)
    assert location.file == f"raw/sputnik/2026-11/{RUN}-0.warc"
    assert read_raw(tmp_path, location.file, location.offset) == page


def test_the_secrets_of_a_request_are_not_archived(tmp_path: Path) -> None:
    headers = [(b"Authorization", b"Basic c2VjcmV0"), (b"Cookie", b"secret=1"), (b"Accept", b"*/*")]
    [location] = keep(tmp_path, a_page(request_headers=headers))
    page = read_raw(tmp_path, location.file, location.offset)
    assert page.request_headers == [(b"Host", b"outlet.example"), (b"Accept", b"*/*")]
    assert b"ecret" not in (tmp_path / location.file).read_bytes()


def test_an_answer_without_news_is_a_revisit(tmp_path: Path) -> None:
    page = a_page(b"", status=304)
    [location] = keep(tmp_path, page)
    assert read_raw(tmp_path, location.file, location.offset) == page
    assert [kind for kind, _, _ in records_by_warcio(tmp_path / location.file)] == [
        "warcinfo",
        "revisit",
        "request",
    ]


def test_the_same_body_twice_is_kept_once(tmp_path: Path) -> None:
    body = os.urandom(5000)
    locations = keep(tmp_path, a_page(body), a_page(body, url="https://outlet.example/other"))
    assert [read_raw(tmp_path, at.file, at.offset).body for at in locations] == [body, body]
    assert (tmp_path / locations[0].file).stat().st_size < 7500


def test_each_file_holds_all_that_its_pages_need(tmp_path: Path) -> None:
    body = os.urandom(5000)
    first, second = keep(tmp_path, a_page(body), a_page(body), rotate_bytes=1000)
    assert first.file != second.file
    (tmp_path / first.file).unlink()
    assert read_raw(tmp_path, second.file, second.offset).body == body


def test_redirects_are_kept_before_the_page_they_led_to(tmp_path: Path) -> None:
    first = a_page(b"", status=301, url="https://outlet.example/old")
    second = a_page(b"moved", status=302, url="https://outlet.example/older", redirected_from=first)
    [location] = keep(tmp_path, a_page(redirected_from=second))
    shown = [
        (url, read_raw(tmp_path, at.file, at.offset).status)
        for at, url, _ in locations(tmp_path, location.file)
    ]
    assert shown == [
        ("https://outlet.example/old", 301),
        ("https://outlet.example/older", 302),
        ("https://outlet.example/asia/1.html", 200),
    ]


def test_a_second_run_by_the_same_name_takes_another_file(tmp_path: Path) -> None:
    [first], [second] = keep(tmp_path, a_page(b"1")), keep(tmp_path, a_page(b"2"))
    assert first.file != second.file
    assert read_raw(tmp_path, first.file, first.offset).body == b"1"


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a\0b"])
def test_no_name_leads_out_of_the_archive(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="part of a path"):
        RawArchive(tmp_path, name, RUN)
    with pytest.raises(RawPageMissing):
        read_raw(tmp_path, f"raw/{name}/../../../etc/passwd", 0)


def test_a_run_that_keeps_nothing_leaves_nothing(tmp_path: Path) -> None:
    assert keep(tmp_path) == []
    assert not list(tmp_path.iterdir())


_headers = st.lists(
    st.tuples(
        st.text("abcdefXYZ-", min_size=1, max_size=12).map(str.encode),
        st.binary(max_size=40).map(lambda value: value.translate(None, b"\r\n\0")),
    ),
    max_size=6,
)
_pages = st.builds(
    RawPage,
    url=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=50).map(
        "https://o.example/".__add__
    ),
    status=st.integers(200, 599).filter(lambda status: status != 304),
    request_headers=_headers.map(lambda headers: [(b"Host", b"o.example"), *headers]),
    response_headers=_headers,
    body=st.binary(max_size=3000) | st.just(b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n"),
    fetched_at=st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    method=st.sampled_from(["GET", "HEAD", "POST"]),
)


@settings(max_examples=150, deadline=None)
@given(pages=st.lists(_pages, min_size=1, max_size=6), rotate_bytes=st.sampled_from([500, 5000, 10**9]))
def test_any_pages_come_back_and_other_readers_see_the_same(
    tmp_path_factory: pytest.TempPathFactory, pages: list[RawPage], rotate_bytes: int
) -> None:
    data_dir = tmp_path_factory.mktemp("archive")
    places = keep(data_dir, *pages, rotate_bytes=rotate_bytes)
    assert [read_raw(data_dir, at.file, at.offset) for at in places] == pages
    for readers in (records_by_warcio, records_by_fastwarc):
        seen = [
            url
            for file in raw_files(data_dir, "sputnik")
            for kind, url, _ in readers(data_dir / file)
            if kind == "request"
        ]
        assert sorted(map(str, seen)) == sorted(page.url for page in pages), readers.__name__


@settings(max_examples=150, deadline=None)
@given(
    url=st.text(max_size=60).map("http://o.example/".__add__),
    name=st.binary(max_size=40),
    value=st.binary(max_size=60)
    | st.just(b"x\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n"),
    method=st.text(max_size=10),
)
def test_nothing_an_outlet_sends_forges_a_record(
    tmp_path_factory: pytest.TempPathFactory, url: str, name: bytes, value: bytes, method: str
) -> None:
    data_dir = tmp_path_factory.mktemp("archive")
    hostile = a_page(
        b"body\r\n\r\n",
        url=url,
        method=method,
        request_headers=[(name, value)],
        response_headers=[(name, value)],
    )
    [place, after] = keep(data_dir, hostile, a_page(b"after"))
    page = read_raw(data_dir, place.file, place.offset)
    assert (page.status, page.body, len(page.response_headers)) == (200, b"body\r\n\r\n", 1)
    assert read_raw(data_dir, after.file, after.offset).body == b"after"
    whole = ["warcinfo", "response", "request", "response", "request"]
    assert [kind for kind, _, _ in records_by_warcio(data_dir / place.file)] == whole
    assert [kind for kind, _, _ in records_by_fastwarc(data_dir / place.file)] == whole


# ---- Kills and broken disks


def test_a_torn_tail_is_cut_off_at_every_byte(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path, "sputnik", RUN)
    safe = archive.append(a_page(b"safe"))
    archive.flush()
    path = tmp_path / safe.file
    acknowledged = path.stat().st_size
    torn = archive.append(a_page(b"torn"))
    archive.flush()
    content = path.read_bytes()
    assert torn.offset == acknowledged
    # As after a power loss: the hidden mark has not heard of the second flush, or of none at all.
    for heard, end in [
        (heard, end) for heard in (b"", b"%020d" % acknowledged) for end in range(acknowledged, len(content))
    ]:
        path.write_bytes(content[:end])
        mark_of(path).write_bytes(heard)
        RawArchive.recover(tmp_path, "sputnik")
        assert not mark_of(path).exists()
        kept = path.read_bytes()
        assert content.startswith(kept)
        assert len(kept) >= acknowledged, "an acknowledged page was cut off"
        assert [
            read_raw(tmp_path, safe.file, at.offset).status for at, _, _ in locations(tmp_path, safe.file)
        ]
        assert kept.endswith(b"\r\n\r\n")
    with pytest.raises(RawPageMissing, match=r"-0\.warc, byte"):
        path.write_bytes(content[:-40])
        read_raw(tmp_path, torn.file, torn.offset + 1)


def test_a_tail_of_garbage_is_cut_off(tmp_path: Path) -> None:
    """A disk may have grown the file before it wrote the data: zeros, or old content inside a record."""
    archive = RawArchive(tmp_path, "sputnik", RUN)
    place = archive.append(a_page(b"safe"))
    archive.flush()
    path = tmp_path / place.file
    acknowledged = path.read_bytes()
    for tail in (
        b"\0" * 4096,
        b"WARC/1.1\r\nContent-Length: 99999999999999\r\n\r\n",
        acknowledged.replace(b"safe", b"s\0fe"),
    ):
        path.write_bytes(acknowledged + tail)
        mark_of(path).write_bytes(b"%020d" % len(acknowledged))
        [mended] = RawArchive.recover(tmp_path, "sputnik")
        kept = path.read_bytes()
        assert kept.startswith(acknowledged)
        assert mended.cut_bytes == len(acknowledged) + len(tail) - len(kept)
        assert b"s\0fe" not in kept


def test_what_was_acknowledged_is_never_cut_even_if_the_disk_changed_it(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path, "sputnik", RUN)
    first, second = archive.append(a_page(b"first page")), archive.append(a_page(b"second"))
    archive.flush()
    path = tmp_path / first.file
    path.write_bytes(path.read_bytes().replace(b"first page", b"f1rst page"))
    RawArchive.recover(tmp_path, "sputnik")
    assert read_raw(tmp_path, second.file, second.offset).body == b"second"
    with pytest.raises(RawPageMissing, match="digest"):
        read_raw(tmp_path, first.file, first.offset)


def test_a_full_disk_is_said_and_a_later_try_keeps_every_offset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = RawArchive(tmp_path, "sputnik", RUN)
    places = [archive.append(a_page(b"%d" % n * 100)) for n in range(3)]

    def write_half_then_fail(descriptor: int, data: bytes, offset: int) -> int:
        if len(data) < 300:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_pwrite(descriptor, data[: len(data) // 2], offset)

    real_pwrite = os.pwrite
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", write_half_then_fail)
        with pytest.raises(StorageError, match=r"raw/sputnik.*No space left"):
            archive.flush()
    archive.flush()
    archive.close()
    assert [read_raw(tmp_path, at.file, at.offset).body for at in places] == [
        b"%d" % n * 100 for n in range(3)
    ]


def test_after_a_failed_sync_nothing_is_acknowledged_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = RawArchive(tmp_path, "sputnik", RUN)
    place = archive.append(a_page())

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(StorageError, match="Input/output error"):
            archive.flush()
    for again in (archive.flush, archive.close):
        with pytest.raises(StorageError, match="failed to keep"):
            again()
    assert mark_of(tmp_path / place.file).exists(), "the next run must look at the tail"


_WRITER = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
from pipelines.storage.raw_archive import RawArchive, RawPage
archive = RawArchive(Path(sys.argv[1]), "sputnik", "run", rotate_bytes=30_000)
number = 0
while True:
    places = []
    for _ in range(5):
        body = b"%d:" % number + os.urandom(2000)
        page = RawPage("https://o.example/", 200, [], [], body, datetime.now(UTC))
        places.append((archive.append(page), number))
        number += 1
    archive.flush()
    print("".join(f"{at.file} {at.offset} {n}\\n" for at, n in places), end="", flush=True)
"""


def test_every_acknowledged_page_is_there_after_a_kill(tmp_path: Path) -> None:
    for delay in range(5):
        data_dir = tmp_path / str(delay)
        with subprocess.Popen([sys.executable, "-c", _WRITER, data_dir], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            lines = [writer.stdout.readline() for _ in range(40 + delay)]
            writer.send_signal(signal.SIGKILL)
            lines += writer.stdout.readlines()
        RawArchive.recover(data_dir, "sputnik")
        assert not list(data_dir.rglob(".*.open"))
        acknowledged = [line.split() for line in lines if line.endswith(b"\n")]
        assert len(acknowledged) >= 40
        for file, offset, number in acknowledged:
            assert read_raw(data_dir, file.decode(), int(offset)).body.startswith(number + b":")
        for file in raw_files(data_dir, "sputnik"):
            assert list(records_by_warcio(data_dir / file))


# ---- Retention


def files_of_days(data_dir: Path, *days_ago: int) -> list[str]:
    files = []
    for days in days_ago:
        with RawArchive(data_dir, "sputnik", f"run-{days:03}") as archive:
            files.append(archive.append(a_page(b"x" * 1000, fetched_at=NOW - timedelta(days=days))).file)
    return files


def test_old_files_are_dropped_but_not_those_that_quarantine_needs(tmp_path: Path) -> None:
    old, needed, young = files_of_days(tmp_path, 100, 90, 10)
    assert drop_old(tmp_path, "sputnik", now=NOW, keep_days=30, needed={needed}) == [old]
    assert raw_files(tmp_path, "sputnik") == sorted([needed, young])


def test_the_oldest_files_go_until_the_rest_fits(tmp_path: Path) -> None:
    files = files_of_days(tmp_path, 4, 3, 2, 1)
    size = (tmp_path / files[0]).stat().st_size
    assert drop_old(tmp_path, "sputnik", now=NOW, keep_bytes=2 * size + 1) == files[:2]
    assert drop_old(tmp_path, "sputnik", now=NOW) == []


def test_a_disk_that_refuses_to_drop_an_old_file_is_a_fault_of_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files_of_days(tmp_path, 100)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StorageError, match="cannot be dropped"):
        drop_old(tmp_path, "sputnik", now=NOW, keep_days=1)


def test_a_file_that_is_still_written_stays(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path, "sputnik", RUN)
    place = archive.append(a_page(fetched_at=NOW - timedelta(days=400)))
    archive.flush()
    assert drop_old(tmp_path, "sputnik", now=NOW, keep_days=1, keep_bytes=0) == []
    archive.close()
    assert drop_old(tmp_path, "sputnik", now=NOW, keep_days=1) == [place.file]
    with pytest.raises(RawPageMissing, match="no raw page"):
        read_raw(tmp_path, place.file, place.offset)


def test_a_record_without_end_is_torn() -> None:
    with pytest.raises(warc.TornRecord, match="without an end"):
        warc.read_record(BytesIO(b"WARC/1.1\r\nX: y\r\n"), 0)
    with pytest.raises(warc.TornRecord, match="without a length"):
        warc.read_record(BytesIO(b"WARC/1.1\r\nContent-Length: -5\r\n\r\n"), 0)

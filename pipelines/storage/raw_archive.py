"""Pages as they were received, in WARC files per outlet and run: the evidence behind every row.

`DATA_DIR/raw/<outlet>/<yyyy-mm>/<run_id>-<n>.warc`, uncompressed outside because the bodies stay as the
outlet sent them. While a file is written, a hidden file beside it says up to where it is known to be on
disk; the next run that finds one cuts the torn tail off. Where the data folder is in a bucket, files are
written in its local part and uploaded when they are whole.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from pipelines.storage import spool, warc
from pipelines.storage.errors import StorageError
from pipelines.storage.layout import DataPath, local_folder, name_within
from pipelines.storage.s3 import S3Error, S3Path
from pipelines.storage.warc_file import Mended, OpenWarc, mark_of, recover

ROTATE_BYTES = 256 * 1024 * 1024

_SECRETS = frozenset({b"authorization", b"proxy-authorization", b"cookie"})
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,150}")
_REMEMBERED_BODIES = 1024
_WORTH_A_REVISIT = 1024


class RawPageMissing(StorageError):
    """The archive holds no page at this place: dropped by retention, or the file is damaged."""


@dataclass(slots=True)
class RawPage:
    """One request and what came back, byte for byte as far as HTTP framing allows."""

    url: str
    status: int
    request_headers: list[tuple[bytes, bytes]]
    """Without the secret ones once archived (Authorization, Cookie)."""
    response_headers: list[tuple[bytes, bytes]]
    body: bytes
    """As received: still compressed if Content-Encoding says so."""
    fetched_at: datetime
    method: str = "GET"
    redirected_from: RawPage | None = None
    """The answer that sent us here, itself perhaps redirected; never filled when read back."""


@dataclass(frozen=True, slots=True)
class RawLocation:
    """Where a page lies: what the columns `raw_file` and `raw_offset` say."""

    file: str
    """Relative to the data folder, with forward slashes."""
    offset: int


@dataclass(frozen=True, slots=True)
class _Body:
    """A body already in the present file, for a revisit record to point at."""

    record_id: str
    offset: int
    url: str
    date: str


class RawArchive:
    """Writes one run's pages; used by one thread at a time, by whoever holds the outlet's lock."""

    def __init__(self, data_dir: DataPath, outlet: str, run_id: str, *, rotate_bytes: int = 0) -> None:
        for name in (outlet, run_id):
            if not _SAFE_NAME.fullmatch(name):
                raise ValueError(f"not a name that may be part of a path: {name!r}")
        self._data_dir = data_dir
        self._outlet = outlet
        self._run_id = run_id
        in_bucket = isinstance(data_dir, S3Path)
        self._rotate_bytes = rotate_bytes or (spool.ROTATE_BYTES if in_bucket else ROTATE_BYTES)
        self._file: OpenWarc | None = None
        self._file_name = ""
        self._number = 0
        self._bodies: OrderedDict[str, _Body] = OrderedDict()

    @staticmethod
    def recover(data_dir: DataPath, outlet: str) -> list[Mended]:
        """Cut off the torn tails that killed runs of the outlet left; call it when the lock is taken.

        Over a bucket, upload what they left as well.
        """
        mended = recover(_writing_folder(data_dir, outlet))
        if isinstance(data_dir, S3Path):
            for path in spool.waiting(data_dir, outlet):
                spool.upload(data_dir, path)
        return mended

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()

    @property
    def pending_bytes(self) -> int:
        """What `append` took and `flush` has not yet written."""
        return self._file.pending_bytes if self._file else 0

    def append(self, page: RawPage) -> RawLocation:
        """Take the page (and the redirects before it) into the buffer; it is safe only after `flush`."""
        for hop in _hops(page):
            self._append(hop)
        return self._append(page)

    def flush(self) -> None:
        """Bring all that was appended to the disk. Raises StorageError; after a full disk, try again."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        """Flush, mark the file as whole, and upload it where the data folder is in a bucket."""
        file, self._file = self._file, None
        if file:
            file.close()
            if isinstance(self._data_dir, S3Path):
                spool.upload(self._data_dir, file.path)

    def abandon(self) -> None:
        """After a fault: let go of the file without writing any more; the next run mends its tail."""
        file, self._file = self._file, None
        if file:
            file.abandon()

    def _append(self, page: RawPage) -> RawLocation:
        file = self._file_for(page)
        location = RawLocation(self._file_name, file.end)
        record_id = warc.new_record_id()
        common = [
            ("WARC-Target-URI", warc.printable_url(page.url)),
            ("WARC-Date", warc.warc_date(page.fetched_at)),
        ]
        file.add(self._response(page, record_id, common, location.offset))
        file.add(_request(page, record_id, common))
        return location

    def _response(
        self, page: RawPage, record_id: str, common: list[tuple[str, str]], offset: int
    ) -> tuple[bytes, ...]:
        """The record of the answer: a revisit where the body is none or in this file already."""
        head = warc.http_head(f"HTTP/1.1 {page.status} {_reason(page.status)}", page.response_headers)
        digest = warc.payload_digest(page.body)
        headers = [
            ("WARC-Type", "revisit"),
            ("WARC-Record-ID", record_id),
            *common,
            ("WARC-Payload-Digest", digest),
            ("Content-Type", "application/http; msgtype=response"),
        ]
        if page.status == HTTPStatus.NOT_MODIFIED and not page.body:
            headers += [("WARC-Profile", warc.NOT_MODIFIED), ("WARC-Refers-To-Target-URI", common[0][1])]
            return warc.record(headers, (head,))
        if earlier := self._bodies.get(digest):
            headers += [
                ("WARC-Profile", warc.SAME_PAYLOAD),
                ("WARC-Refers-To", earlier.record_id),
                ("WARC-Refers-To-Target-URI", earlier.url),
                ("WARC-Refers-To-Date", earlier.date),
                ("X-Refers-To-Offset", str(earlier.offset)),
            ]
            return warc.record(headers, (head,))
        if len(page.body) >= _WORTH_A_REVISIT:
            self._bodies[digest] = _Body(record_id, offset, common[0][1], common[1][1])
            if len(self._bodies) > _REMEMBERED_BODIES:
                self._bodies.popitem(last=False)
        headers[0] = ("WARC-Type", "response")
        return warc.record(headers, (head, page.body))

    def _file_for(self, page: RawPage) -> OpenWarc:
        if self._file and self._file.end >= self._rotate_bytes:
            self.close()
        if self._file is None:
            # A revisit record only points into its own file: retention drops whole files.
            self._bodies.clear()
            month = f"{page.fetched_at:%Y-%m}"
            self._file_name = self._free_name(f"raw/{self._outlet}/{month}")
            self._file = OpenWarc(local_folder(self._data_dir) / self._file_name)
            self._file.add(self._warcinfo(page))
        return self._file

    def _free_name(self, folder: str) -> str:
        while _inside(self._data_dir, name := f"{folder}/{self._run_id}-{self._number}.warc").exists():
            self._number += 1
        return name

    def _warcinfo(self, page: RawPage) -> tuple[bytes, ...]:
        fields = f"software: asiadesk\r\nformat: WARC File Format 1.1\r\nisPartOf: {self._run_id}\r\n"
        headers = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", warc.new_record_id()),
            ("WARC-Date", warc.warc_date(page.fetched_at)),
            ("Content-Type", "application/warc-fields"),
        ]
        return warc.record(headers, (fields.encode("ascii"),))


def _hops(page: RawPage) -> list[RawPage]:
    """The redirects before the page, the first one first."""
    hops: list[RawPage] = []
    hop = page.redirected_from
    while hop is not None:
        hops.append(hop)
        hop = hop.redirected_from
    return hops[::-1]


def _request(page: RawPage, response_id: str, common: list[tuple[str, str]]) -> tuple[bytes, ...]:
    """The record of the request, which lies right after that of its answer."""
    parts = urlsplit(common[0][1])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [(name, value) for name, value in page.request_headers if name.lower() not in _SECRETS]
    if not any(name.lower() == b"host" for name, _ in kept):
        kept.insert(0, (b"Host", parts.netloc.rpartition("@")[2].encode("ascii")))
    method = page.method if page.method.isalpha() and page.method.isascii() else "GET"
    headers = [
        ("WARC-Type", "request"),
        ("WARC-Record-ID", warc.new_record_id()),
        *common,
        ("WARC-Concurrent-To", response_id),
        ("Content-Type", "application/http; msgtype=request"),
    ]
    return warc.record(headers, (warc.http_head(f"{method} {target} HTTP/1.1", kept),))


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def read_raw(data_dir: DataPath, file: str, offset: int) -> RawPage:
    """The page at a row's `raw_file` and `raw_offset`. Raises RawPageMissing, naming the place."""
    path = _inside(data_dir, file)
    try:
        with path.open("rb") as source:
            response = warc.read_record(source, offset)
            page = _page_of(response)
            if referred := response.headers.get("x-refers-to-offset"):
                original = warc.read_record(source, int(referred))
                page.body = warc.parse_http(original.block)[2]
                sound = warc.is_sound(original)
            else:
                sound = warc.is_sound(response)
            with suppress(warc.TornRecord):  # The request is the last record of a file cut right there.
                _take_request(page, response, warc.read_record(source, response.end))
    except S3Error:
        raise  # Not to be reached just now is not missing: `doctor` forgets articles whose pages are.
    except (OSError, warc.TornRecord, ValueError) as error:
        raise RawPageMissing(f"no raw page at {path}, byte {offset}: {error}") from error
    if not sound:
        raise RawPageMissing(
            f"raw page at {path}, byte {offset}: its digest no longer fits, the disk changed it"
        )
    return page


def _page_of(response: warc.Record) -> RawPage:
    if response.type not in ("response", "revisit"):
        raise ValueError(f"a {response.type or 'nameless'} record is no page")
    status_line, headers, body = warc.parse_http(response.block)
    fetched_at = datetime.fromisoformat(response.headers["warc-date"])
    status = int(status_line.split(" ")[1])
    return RawPage(response.headers["warc-target-uri"], status, [], headers, body, fetched_at)


def _take_request(page: RawPage, response: warc.Record, request: warc.Record) -> None:
    if request.headers.get("warc-concurrent-to") == response.headers.get("warc-record-id"):
        request_line, page.request_headers, _ = warc.parse_http(request.block)
        page.method = request_line.split(" ")[0]


def locations(data_dir: DataPath, file: str) -> Iterator[tuple[RawLocation, str, datetime]]:
    """Every page of a file in order, with its URL and time; ends quietly where a writer is at work."""
    offset = 0
    with _inside(data_dir, file).open("rb") as source, suppress(warc.TornRecord):
        while True:
            read = warc.read_record(source, offset)
            if read.type in ("response", "revisit"):
                fetched_at = datetime.fromisoformat(read.headers["warc-date"])
                yield RawLocation(file, offset), read.headers["warc-target-uri"], fetched_at
            offset = read.end


def damage(data_dir: DataPath, file: str) -> Iterator[str]:
    """What is wrong with a file: pages that changed on the disk, or where it cannot be read on."""
    offset = 0
    path = _inside(data_dir, file)
    size = path.stat().st_size
    with path.open("rb") as source:
        while offset < size:
            try:
                read = warc.read_record(source, offset)
            except warc.TornRecord as error:
                yield str(error)
                return
            if not warc.is_sound(read):
                url = read.headers.get("warc-target-uri")
                yield f"the page at {offset} ({url}) no longer fits its digest"
            offset = read.end


def raw_files(data_dir: DataPath, outlet: str) -> list[str]:
    """The outlet's archive files, relative to the data folder, by month and name."""
    stored = (data_dir / "raw" / outlet).glob("*/[!.]*.warc")
    files = {name_within(data_dir, path) for path in stored}
    if isinstance(data_dir, S3Path):
        files.update(name_within(data_dir.local, path) for path in spool.waiting(data_dir, outlet))
    return sorted(files)


def drop_old(
    data_dir: DataPath,
    outlet: str,
    *,
    now: datetime,
    keep_days: float | None = None,
    keep_bytes: int | None = None,
    needed: Collection[str] = (),
) -> list[str]:
    """Delete whole files past `keep_days`, then the oldest until `keep_bytes` fit; the files that went.

    Never one that is still written or is among `needed` (quarantined pages lie there). Raises StorageError.
    """
    try:
        return _drop_old(data_dir, outlet, now, keep_days, keep_bytes, needed)
    except S3Error:
        raise  # says the place itself
    except OSError as error:
        raise StorageError(f"old raw pages of {outlet} cannot be dropped: {error}: mend the disk") from error


def _drop_old(
    data_dir: DataPath,
    outlet: str,
    now: datetime,
    keep_days: float | None,
    keep_bytes: int | None,
    needed: Collection[str],
) -> list[str]:
    aged = list(_aged(data_dir, outlet))
    total = sum(size for _, _, size in aged)
    dropped = []
    for started_at, file, size in sorted(aged):
        too_old = keep_days is not None and started_at < now - timedelta(days=keep_days)
        too_much = keep_bytes is not None and total > keep_bytes
        path = data_dir / file
        is_written = isinstance(path, Path) and mark_of(path).exists()
        if (too_old or too_much) and file not in needed and not is_written:
            path.unlink(missing_ok=True)
            total -= size
            dropped.append(file)
    return dropped


def _aged(data_dir: DataPath, outlet: str) -> Iterator[tuple[datetime, str, int]]:
    """When each of the outlet's files began, its name and its size in bytes."""
    if isinstance(data_dir, S3Path):
        # The time of the upload, right after its run or part of it, spares a request for each file.
        for found in (data_dir / "raw" / outlet).listed():
            yield found.modified_at, name_within(data_dir, found.path), found.size
        return
    for file in raw_files(data_dir, outlet):
        path = data_dir / file
        with suppress(warc.TornRecord, FileNotFoundError), path.open("rb") as source:
            started_at = datetime.fromisoformat(warc.read_record(source, 0).headers["warc-date"])
            yield started_at, file, path.stat().st_size


def _writing_folder(data_dir: DataPath, outlet: str) -> Path:
    return local_folder(data_dir) / "raw" / outlet


def _inside(data_dir: DataPath, file: str) -> DataPath:
    if ".." in Path(file).parts or not file.startswith("raw/"):
        raise RawPageMissing(f"not a place in the raw archive: {file!r}")
    return spool.waiting_or_stored(data_dir, file) if isinstance(data_dir, S3Path) else data_dir / file

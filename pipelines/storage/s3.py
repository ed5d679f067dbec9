"""Objects of an S3 bucket as paths: the part of pathlib's interface that the data folder needs.

Endpoint, region and credentials come from the usual AWS variables of the environment. Every request is
tried again, with growing pauses of random length, unless the answer says that it is of no use. An object is
written by one PUT: readers find the old one or the new one, whole.
"""

from __future__ import annotations

import io
import logging
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar, cast

from pipelines.storage.errors import StorageError

if TYPE_CHECKING:
    from obstore.store import S3Store

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

ANY_VERSION = "*"
"""What `write` may replace: whatever is there."""

TRIES = 8
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10.0
CONNECT_TIMEOUT = "5s"
TIMEOUT = "60s"
"""For one try, up to the last byte."""

_READ_AT_ONCE = 1024 * 1024
# The answers 4xx that say "later" or "again" instead of "no".
_STATUS = re.compile(r"status code: (\d{3})")
_WORTH_ANOTHER_TRY = frozenset(("408", "409", "425", "429"))


class S3Error(StorageError, OSError):
    """The bucket did not do what it was asked; the message names the place and what it said."""


class ReplacedMeanwhile(StorageError):
    """Another writer was faster: the object is no longer the one that was to be replaced."""


class Listed(NamedTuple):
    """An object as a listing shows it."""

    path: S3Path
    size: int
    modified_at: datetime
    version: str | None

    def open(self) -> BinaryIO:
        """For reading piece by piece. Reading raises OSError if the object is replaced meanwhile."""
        return cast(BinaryIO, io.BufferedReader(_Pieces(self.path, self.size, self.version), _READ_AT_ONCE))


class _Size(NamedTuple):
    st_size: int


@dataclass(frozen=True, order=True, slots=True)
class S3Path:
    """An object, or a prefix that stands for a folder; raises OSError as a `Path` would."""

    bucket: str
    key: str
    """Without slashes at its ends; empty for the bucket itself."""
    local: Path = field(compare=False, repr=False)
    """The folder on this machine for what cannot lie in a bucket: locks, clocks, a page until its upload."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}".rstrip("/")

    def __truediv__(self, part: str) -> S3Path:
        return S3Path(self.bucket, f"{self.key}/{part}".strip("/"), self.local)

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    def exists(self) -> bool:
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def is_dir(self) -> bool:
        """Whether anything lies below."""
        return bool(self._page(None))

    def stat(self) -> _Size:
        return _Size(self._tried(lambda store: store.head(self.key))["size"])

    def read(self) -> tuple[bytes, str]:
        """The content, and its version for `write`."""

        def get(store: S3Store) -> tuple[bytes, str | None]:
            answer = store.get(self.key)
            return bytes(answer.bytes()), answer.meta["e_tag"]

        content, version = self._tried(get)
        if version is None:
            raise S3Error(f"{self}: the server names no ETag, so it cannot guard against a second writer")
        return content, version

    def read_bytes(self) -> bytes:
        return self.read()[0]

    def open(self, mode: str = "rb") -> BinaryIO:
        """As `Listed.open`."""
        if mode != "rb":
            raise ValueError(f"an object of a bucket is not opened with mode {mode!r}")
        meta = self._tried(lambda store: store.head(self.key))
        return Listed(self, meta["size"], meta["last_modified"], meta["e_tag"]).open()

    def write(self, content: Any, replaces: str | None = ANY_VERSION) -> None:
        """Put the content there, if the present version is `replaces`; None if nothing may be there.

        Raises ReplacedMeanwhile if another writer was faster, and OSError.
        """
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        data = memoryview(content).cast("B")
        mode: Any = "overwrite" if replaces == ANY_VERSION else {"e_tag": replaces} if replaces else "create"
        for _ in range(TRIES):
            try:
                self._tried(lambda store: store.put(self.key, data, mode=mode, use_multipart=False))
                return
            except (AlreadyExistsError, PreconditionError):
                there = version = None
                with suppress(FileNotFoundError):
                    there, version = self.read()
            if there == data:
                return  # our own: the answer to an earlier try was lost
            if version != replaces:
                raise ReplacedMeanwhile(f"{self}: another writer has replaced it; run again")
            # Refused while another request was at work on it, which then failed.
            time.sleep(random.uniform(0, FIRST_PAUSE))
        raise S3Error(f"{self}: refused {TRIES} times as if it had been replaced, which it was not")

    def unlink(self, missing_ok: bool = False) -> None:
        """Delete the object; S3 does not say whether there was one."""
        with suppress(FileNotFoundError):
            self._tried(lambda store: store.delete(self.key))

    def listed(self) -> Iterator[Listed]:
        """All objects below, by key."""
        last = None
        while page := self._page(last):
            for meta in page:
                path = S3Path(self.bucket, meta["path"], self.local)
                yield Listed(path, meta["size"], meta["last_modified"], meta["e_tag"])
            last = page[-1]["path"]

    def glob(self, pattern: str) -> Iterator[S3Path]:
        """The objects whose keys below this one fit the pattern, folder by folder."""
        wanted = pattern.split("/")
        plain = next(n for n, part in enumerate([*wanted, "*"]) if re.search(r"[*?\[]", part))
        start = S3Path(self.bucket, "/".join([*filter(None, [self.key]), *wanted[:plain]]), self.local)
        above = self.key.count("/") + 1 if self.key else 0
        for found in start.listed():
            parts = found.path.key.split("/")[above:]
            if len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted)):
                yield found.path

    def _page(self, after: str | None) -> Sequence[Any]:
        """Some of the objects below, from the first one on whose key comes after."""
        return self._tried(
            lambda store: next(iter(store.list(self.key or None, offset=after, chunk_size=1000)), [])
        )

    def _tried(self, request: Callable[[S3Store], _T]) -> _T:
        """What the request gives, after as many tries as it takes or TRIES allow.

        Raises FileNotFoundError, obstore's refusals of a condition, or S3Error.
        """
        from obstore.exceptions import (
            AlreadyExistsError,
            BaseError,
            InvalidPathError,
            NotSupportedError,
            PermissionDeniedError,
            PreconditionError,
            UnauthenticatedError,
        )

        hopeless = (InvalidPathError, NotSupportedError, PermissionDeniedError, UnauthenticatedError)
        pause = FIRST_PAUSE
        for left in reversed(range(TRIES)):
            try:
                return request(_store(self.bucket, _endpoint()))
            except (AlreadyExistsError, PreconditionError):
                raise
            except (FileNotFoundError, BaseError) as error:
                if "NoSuchBucket" in str(error):
                    raise S3Error(f"{self}: there is no such bucket") from error
                if isinstance(error, FileNotFoundError):
                    raise FileNotFoundError(f"{self} does not exist") from error
                status = _STATUS.search(str(error))
                is_refused = status and status[1][0] == "4" and status[1] not in _WORTH_ANOTHER_TRY
                if not left or is_refused or isinstance(error, hopeless):
                    tries = "" if left else f" (tried {TRIES} times)"
                    raise S3Error(f"{self}: {_in_short(error)}{tries}") from error
                logger.debug("%s: trying again: %s", self, _in_short(error))
            time.sleep(random.uniform(0, pause))
            pause = min(2 * pause, LONGEST_PAUSE)
        raise AssertionError("the last try returns or raises")


class _Pieces(io.RawIOBase):
    """An object read by ranges, as long as it stays the same one."""

    def __init__(self, path: S3Path, size: int, version: str | None) -> None:
        self._path = path
        self._size = size
        self._version = version
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        from obstore.exceptions import PreconditionError

        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        options: Any = {"range": (self._at, end), "if_match": self._version}
        try:
            piece = self._path._tried(
                lambda store: bytes(store.get(self._path.key, options=options).bytes()),
            )
        except PreconditionError as error:
            raise S3Error(f"{self._path} was replaced while it was read: run again") from error
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _endpoint() -> str | None:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")


@lru_cache(4)
def _store(bucket: str, endpoint: str | None) -> S3Store:
    from obstore.store import S3Store

    plain_http = bool(endpoint and endpoint.startswith("http://"))
    return S3Store(
        bucket,
        client_options={"connect_timeout": CONNECT_TIMEOUT, "timeout": TIMEOUT, "allow_http": plain_http},
        # Its own retries leave out a PUT with a condition, so all are left to `_tried`.
        retry_config={"max_retries": 0},
        config={"endpoint": endpoint} if endpoint else {},
    )


def _in_short(error: Exception) -> str:
    """The message without the library's inner workings, in one line."""
    return " ".join(str(error).partition("\n\nDebug source")[0].split())[:400]

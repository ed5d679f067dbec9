"""WARC 1.1 records as bytes: written so that nothing an outlet sends can forge one, and read back.

Own code for the few record types that we keep: warcio takes several times as long a page, and recovery
after a kill needs the exact place where a record ends. The tests read the files with warcio and fastwarc
too.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO
from uuid import uuid4

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

_VERSION = b"WARC/1.1\r\n"
_END = b"\r\n\r\n"
_LONGEST_HEAD = 1 << 20
_LONGEST_URL = 16_384

_UNSAFE_IN_URL = re.compile(r"[^\x21-\x7e]")
_UNSAFE_IN_NAME = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
_UNSAFE_IN_VALUE = re.compile(rb"[\r\n\0]")


class TornRecord(Exception):
    """No whole WARC record at this place of the file."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its WARC headers (names in lower case) and its block."""

    offset: int
    end: int
    """Where the next record starts."""
    headers: dict[str, str]
    block: bytes

    @property
    def type(self) -> str:
        return self.headers.get("warc-type", "")


def new_record_id() -> str:
    """A WARC-Record-ID nobody else has."""
    return f"<urn:uuid:{uuid4()}>"


def payload_digest(body: bytes) -> str:
    """The body's SHA-256 as WARC-Payload-Digest wants it: as quick here as SHA-1, and nobody can forge it."""
    return "sha256:" + base64.b32encode(hashlib.sha256(body).digest()).decode()


def warc_date(moment: datetime) -> str:
    """UTC to the microsecond, which WARC 1.1 allows."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def printable_url(url: str) -> str:
    """The URL with everything percent-encoded that could end or split a header line."""
    if _UNSAFE_IN_URL.search(url):
        url = _UNSAFE_IN_URL.sub(_percent_encoded, url)
    return url[:_LONGEST_URL]


def _percent_encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "surrogatepass"))


def http_head(first_line: str, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The head of an HTTP message, blank line included; what could forge a line in it is replaced."""
    # Two searches for all headers together; hardly ever is there something to replace.
    if _UNSAFE_IN_NAME.search(b"".join([name for name, _ in headers])) or _UNSAFE_IN_VALUE.search(
        b"".join([value for _, value in headers])
    ):
        headers = [
            (_UNSAFE_IN_NAME.sub(b"_", name), _UNSAFE_IN_VALUE.sub(b" ", value)) for name, value in headers
        ]
    # The body is kept without its chunk framing, so a reader must not look for that.
    lines = [
        b"X-Archive-Orig-%b: %b" % (name, value)
        if name.lower() == b"transfer-encoding"
        else b"%b: %b" % (name or b"_", value)
        for name, value in headers
    ]
    return b"\r\n".join((first_line.encode("ascii"), *lines)) + _END


def parse_http(block: bytes) -> tuple[str, list[tuple[bytes, bytes]], bytes]:
    """First line, headers and body of what `http_head` wrote in front of a body."""
    head, _, body = block.partition(_END)
    first_line, *lines = head.split(b"\r\n")
    pairs = (line.partition(b": ") for line in lines)
    return first_line.decode("ascii", "replace"), [(name, value) for name, _, value in pairs], body


def record(warc_headers: Iterable[tuple[str, str]], block: Sequence[bytes]) -> tuple[bytes, ...]:
    """One record, in pieces that follow each other: joined once, when they are written."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in warc_headers])
    length = sum(map(len, block))
    head = _VERSION + lines.encode("ascii") + b"Content-Length: %d" % length + _END
    return (head, *block, _END)


def read_record(file: BinaryIO, offset: int) -> Record:
    """The record that starts at `offset`. Raises TornRecord where none starts or not all of it is there."""
    head, start = _read_head(file, offset)
    headers: dict[str, str] = {}
    for line in head[len(_VERSION) :].decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length_text = headers.get("content-length", "")
    if not (length_text.isascii() and length_text.isdigit() and len(length_text) < 16):
        raise TornRecord(f"record at {offset} without a length")
    length = int(length_text)
    # Looked up first: a length that rotted on the disk must not make us ask for that much memory.
    whole = start + length + len(_END) <= file.seek(0, os.SEEK_END)
    file.seek(start)
    block = file.read(length + len(_END)) if whole else b""
    if not block.endswith(_END):
        raise TornRecord(f"record at {offset} is cut off")
    return Record(offset, start + len(block), headers, block[:length])


def _read_head(file: BinaryIO, offset: int) -> tuple[bytes, int]:
    """The record's header lines, and where its block starts."""
    file.seek(offset)
    head = file.read(4096)
    if not head.startswith(_VERSION):
        raise TornRecord(f"no record starts at {offset}")
    while (length := head.find(_END)) < 0:
        more = file.read(65_536)
        if not more or len(head) > _LONGEST_HEAD:
            raise TornRecord(f"record at {offset} without an end of its header")
        head += more
    return head[:length], offset + length + len(_END)


def is_sound(read: Record) -> bool:
    """Whether the payload still is what was written: found by the digest where the record holds one."""
    digest = read.headers.get("warc-payload-digest")
    if digest is None or read.type != "response":
        return True
    return payload_digest(read.block.partition(_END)[2]) == digest

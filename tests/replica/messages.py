"""Requests and responses of the replica's server."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked."""

    method: str
    target: str
    """Path and query as sent."""
    headers: dict[str, str]
    """Names in lower case; the last one counts."""
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, the last value of each."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}


_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"


class Padding:
    """Bytes that many pages share, compressed once: packing them for each page would cost most."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.deflated = _deflated(raw, zlib.Z_FULL_FLUSH)


@dataclass(slots=True)
class Response:
    """What the replica answers."""

    status: int = 200
    body: bytes = b""
    """All of it, or what stands before the padding."""
    content_type: str = "text/html; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    kind: str = "other"
    """What sort of page it is, for the count: article, listing, feed, sitemap …"""
    padding: Padding | None = None
    after: bytes = b""
    """What stands after the padding."""
    _packed: tuple[bytes, bytes] | None = None
    """What stands before and after the padding in gzip, once somebody wanted it."""

    def whole(self) -> bytes:
        """The body as the client should see it."""
        return self.body if self.padding is None else self.body + self.padding.raw + self.after

    def gzipped(self) -> bytes:
        """The same in gzip."""
        if self._packed is None:
            whole = self.whole()
            before = _GZIP_HEAD + _deflated(self.body, zlib.Z_FULL_FLUSH)
            end = struct.pack("<II", zlib.crc32(whole), len(whole))
            self._packed = before, _deflated(self.after, zlib.Z_FINISH) + end
        before, after = self._packed
        return before + self.padding.deflated + after if self.padding else before + after


def _deflated(raw: bytes, end: int) -> bytes:
    # Pieces that end in a full flush can be joined to one stream.
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(raw) + packer.flush(end)

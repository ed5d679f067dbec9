"""Requests and responses of the replica's server."""

from __future__ import annotations

import gzip
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


@dataclass(slots=True)
class Response:
    """What the replica answers."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    kind: str = "other"
    """What sort of page it is, for the count: article, listing, feed, sitemap …"""
    compressed: bytes | None = None
    """The body in gzip, once somebody wanted it."""

    def gzipped(self) -> bytes:
        """The body in gzip, made once."""
        if self.compressed is None:
            self.compressed = gzip.compress(self.body, compresslevel=1, mtime=0)
        return self.compressed

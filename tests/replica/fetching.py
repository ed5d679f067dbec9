"""A small client for tests of the replica: one request, the answer with its headers."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def tree(self) -> LexborHTMLParser:
        """The body parsed."""
        return LexborHTMLParser(self.text)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def fetch(
    origin: str, path: str, *, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Ask the replica; a body is sent as JSON, a gzip answer is unpacked."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=10)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), dict(headers or {}))
        response = connection.getresponse()
        content = response.read()
        received = {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()
    if received.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    return Answer(response.status, received, content)

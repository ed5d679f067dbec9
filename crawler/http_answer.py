"""One HTTP/1.1 answer, read from the bytes as they come, within bounds.

It knows no sockets. Bare line feeds, folded headers and lines without a colon are taken as browsers take
them; what leaves open where the answer ends is not.
"""

from __future__ import annotations

import re

from scrapy.exceptions import DownloadFailedError, ResponseDataLossError

from crawler.safety import Refused

_HEAD_END = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/(\d\.\d)[ \t]+(\d{3})(?![^ \t])")
_LENGTH = re.compile(rb"\d{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;|$)")
_LONGEST_CHUNK_LINE = 1024
_LONGEST_HEADER = 16 * 1024
# What concerns the connection and not the page; the length is given anew where one was declared.
_OF_THE_CONNECTION = (
    b"Connection",
    b"Content-Length",
    b"Keep-Alive",
    b"Proxy-Connection",
    b"Te",
    b"Trailers",
    b"Transfer-Encoding",
    b"Upgrade",
)
# Chunks of one byte cost far more work than they bring; some frame is the server's good right.
_FRAME_ALLOWED = 256 * 1024


class Answer:
    """An answer as far as it has come: `feed` it until it says that it is whole, or `end` it.

    `maxsize` bounds the body in bytes (0: no bound), `head_maxsize` all heads together, and the trailers;
    `url` is for messages. Both methods raise Refused for what is too large, DownloadFailedError for what is
    no HTTP, and ResponseDataLossError for a body that was cut.
    """

    def __init__(self, url: str, *, head_maxsize: int, maxsize: int, has_body: bool = True) -> None:
        self.status = 0
        """0 until the head is there."""
        self.version = ""
        self.headers: dict[bytes, list[bytes]] = {}
        """By names in title case, in the order of their first coming; without those of the connection."""
        self.received = 0
        """Bytes that came, frames and heads and all."""
        self.size = 0
        """Bytes of the body that came."""
        self.rest = b""
        """What came behind a whole answer; nobody has asked for it."""
        self.keeps_alive = False
        """Whether the connection may be used again, once the answer is whole."""
        self.has_known_end = True
        """False if only the connection's end ends the body."""
        self.url = url
        self._head_maxsize = head_maxsize
        self._maxsize = maxsize
        self._has_body = has_body
        self._pending = bytearray()
        self._head_size = 0
        self._body: list[bytes] = []
        self._left: int | None = 0
        self._chunks: _Chunks | None = None

    @property
    def body(self) -> bytes:
        """The body as far as it has come, its codings not undone."""
        return bytes(self._chunks.body) if self._chunks else b"".join(self._body)

    def feed(self, data: bytes) -> bool:
        """Read on; whether the answer is whole now."""
        self.received += len(data)
        if not self.status:
            rest = self._after_head(data)
            if rest is None:
                return False
            data = rest
        if self._chunks is not None:
            is_whole = self._chunks.feed(data)
            self.size = len(self._chunks.body)
            self.rest = self._chunks.rest
            if not is_whole and self.received > _FRAME_ALLOWED + 2 * self.size:
                raise Refused(self.url, "tiny-chunks")
            return is_whole
        return self._take(data)

    def _take(self, data: bytes) -> bool:
        """Read on in a body that is not in chunks."""
        if self._left is not None and len(data) > self._left:
            self.rest = data[self._left :]
            data = data[: self._left]
        if data:
            self._body.append(data)
            self.size += len(data)
        if self._left is None:
            if self._maxsize and self.size > self._maxsize:
                raise Refused(self.url, "too-large", f"over {self._maxsize} bytes")
            return False
        self._left -= len(data)
        return not self._left

    def end(self, is_clean: bool) -> None:
        """The connection ended, by its close or (not clean) by an error; raises if that cut the answer."""
        if not self.status:
            raise DownloadFailedError(f"{self.url}: the connection ended before an answer came")
        if self._chunks is not None or self._left or not is_clean:
            raise ResponseDataLossError(f"{self.url}: the connection ended within the body")

    def _after_head(self, data: bytes) -> bytes | None:
        """What follows the head, None if that is not whole yet."""
        start = max(0, len(self._pending) - 2)
        buffer: bytes | bytearray = data
        if self._pending:
            self._pending += data
            buffer = self._pending
        if not buffer.startswith(b"HTTP/"[: len(buffer)]):
            raise DownloadFailedError(f"{self.url}: no HTTP but {bytes(buffer[:40])!r}")
        position = 0
        while not self.status:
            found = _HEAD_END.search(buffer, start)
            head_end = found.end() if found else len(buffer)
            if self._head_size + head_end - position > self._head_maxsize:
                raise Refused(self.url, "headers-too-large")
            if found is None:
                if buffer is data or position:
                    self._pending = bytearray(buffer[position:])
                return None
            self._head_size += head_end - position
            self._read_head(bytes(buffer[position : found.start()]))
            position = start = head_end
        self._pending = bytearray()
        return bytes(buffer[position:])

    def _read_head(self, head: bytes) -> None:
        """Take over status and headers; nothing of a head that only announces another (1xx)."""
        lines = head.replace(b"\r\n", b"\n").replace(b"\r", b" ").split(b"\n")
        found = _STATUS_LINE.match(lines[0])
        if found is None or found[2] < b"100" or found[2] == b"101":
            raise DownloadFailedError(f"{self.url}: no status line but {lines[0][:40]!r}")
        if found[2] < b"200":
            return
        self.version, self.status = found[1].decode(), int(found[2])
        fields: dict[bytes, list[bytes]] = {}
        values: list[bytes] = []
        if max(map(len, lines)) > _LONGEST_HEADER:
            raise Refused(self.url, "headers-too-large")
        for line in lines[1:]:
            if line.startswith((b" ", b"\t")):
                if values:
                    values[-1] = (values[-1] + line).strip()
                continue
            name, colon, value = line.partition(b":")
            name = name.strip().title()
            if colon and name:
                values = fields.setdefault(name, [])
                values.append(value.strip())
        self._frame(fields)

    def _frame(self, fields: dict[bytes, list[bytes]]) -> None:
        """Find out where the body ends, and set the headers."""
        of_connection = {name: fields.pop(name, []) for name in _OF_THE_CONNECTION}
        wish = b",".join(of_connection[b"Connection"]).lower()
        self.keeps_alive = b"keep-alive" in wish if self.version == "1.0" else b"close" not in wish
        coding = b",".join(of_connection[b"Transfer-Encoding"]).strip().lower()
        lengths = {length for line in of_connection[b"Content-Length"] for length in line.split(b",")}
        declared = self._declared(lengths)
        if not self._has_body or self.status in (204, 304):
            declared = 0
        elif coding == b"chunked":
            if declared is not None:  # one of the two is a lie, and the next answer's begin unsure
                self.keeps_alive = False
            declared = None
            self._chunks = _Chunks(self.url, self._head_maxsize, self._maxsize)
        elif coding not in (b"", b"identity"):
            raise DownloadFailedError(f"{self.url}: transfer coding {coding[:40]!r}")
        elif declared is None:
            self.has_known_end = self.keeps_alive = False
        elif self._maxsize and declared > self._maxsize:
            raise Refused(self.url, "too-large", f"over {self._maxsize} bytes")
        self._left = declared
        self.headers = fields if declared is None else {b"Content-Length": [b"%d" % declared], **fields}

    def _declared(self, lengths: set[bytes]) -> int | None:
        if not lengths:
            return None
        values = {int(length) if _LENGTH.fullmatch(length.strip()) else -1 for length in lengths}
        if len(values) > 1 or -1 in values:
            raise DownloadFailedError(f"{self.url}: Content-Length {sorted(lengths)!r:.80}")
        return values.pop()


class _Chunks:
    """A body in chunks: sizes, data, line ends, trailers."""

    def __init__(self, url: str, trailers_maxsize: int, maxsize: int) -> None:
        self.body = bytearray()
        self.rest = b""
        self.url = url
        self._trailers_left = trailers_maxsize
        self._maxsize = maxsize
        self._pending = b""
        self._left = 0
        # What the next line is: a chunk's size, the empty line behind its data, or a trailer.
        self._awaits = "size"

    def feed(self, data: bytes) -> bool:
        """Read on; whether the last chunk and its trailers are there."""
        if self._pending:
            data = self._pending + data
            self._pending = b""
        position = 0
        while position < len(data):
            if self._left:
                end = min(len(data), position + self._left)
                self.body += data[position:end]
                self._left -= end - position
                position = end
                continue
            end = data.find(b"\n", position)
            if end - position > _LONGEST_CHUNK_LINE or (
                end < 0 and len(data) - position > _LONGEST_CHUNK_LINE
            ):
                raise self._broken("a line without end")
            if end < 0:
                self._pending = data[position:]
                return False
            line = data[position:end].rstrip(b"\r")
            position = end + 1
            if self._read_line(line):
                self.rest = data[position:]
                return True
        return False

    def _read_line(self, line: bytes) -> bool:
        """Read a line of the frame; whether it was the last."""
        if self._awaits == "trailer":
            self._trailers_left -= len(line) + 2
            if self._trailers_left < 0:
                raise self._broken("trailers without end")
            return not line
        if self._awaits == "line end":
            if line:
                raise self._broken("a chunk longer than its size")
            self._awaits = "size"
            return False
        found = _CHUNK_SIZE.match(line)
        if found is None:
            raise self._broken(f"a chunk of size {line[:20]!r}")
        self._left = int(found[1], 16)
        self._awaits = "line end" if self._left else "trailer"
        if self._maxsize and len(self.body) + self._left > self._maxsize:
            raise Refused(self.url, "too-large", f"over {self._maxsize} bytes")
        return False

    def _broken(self, what: str) -> DownloadFailedError:
        return DownloadFailedError(f"{self.url}: {what}")

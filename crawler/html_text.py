"""Bytes of a page to text: which encoding they really are, and whether a parser may be let near them.

NumPy and charset_normalizer are imported where they are first needed: a run that finds nothing new may do
without.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_DEPTH = 600
"""Elements nested deeper than any real page (about 100) but far from where parsers turn slow or blind."""
MAX_BYTES = 16 * 1024 * 1024
"""What no download may exceed, and a saved page may; reading takes ten times as much memory."""
MAX_ATTRIBUTES = 1_000
MAX_TAGS = 300_000
"""Twenty times what the longest live blogs have; a parsed one takes some 400 bytes."""
MAX_REPEATED = 1_000_000
"""Elements that unclosed formatting tags may add: HTML parsers repeat each in every following block."""

_LONG_TAG = 2048
_SUSPICIOUS_UNCLOSED = 200
_SUSPICIOUS_TAGS = 20_000
_GUESS_BYTES = 32_768
_PIECE = 4_096
"""Bytes looked at in one go, short enough that most pieces of a script are plain ASCII."""

_SINGLE_BYTE = frozenset({"ascii", "cp1252", "iso8859-1", "latin-1"})
# Encodings that news pages have been seen in.
_USUAL = [
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1258", "cp874", "koi8_r"),
    *("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "iso8859_2"),
]
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_LONG_HIGH_RUN = re.compile(rb"[\x80-\xff]{4,}")
_FEW_LETTERS = 40
"""A guess from fewer letters beyond ASCII is worth nothing."""
_TAG = re.compile(rb"<(/?)([a-z][a-z0-9:-]{0,40})|<!--")
_OPEN_TAG = re.compile(rb"<[a-zA-Z][^\s/>]*")
_ATTRIBUTE = re.compile(rb"""[\s/]*+[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'>]++))?""")
_NAMES_WITHOUT_END = (
    b"br>",
    b"br ",
    b"br/",
    b"img",
    b"met",
    b"lin",
    b"inp",
    b"hr>",
    b"sou",
    b"!--",
    b"p>",
    b"li>",
)
# How tags that have no end tag begin, and comments, as numbers of four bytes.
_WITHOUT_END = sorted(
    int.from_bytes(bytes(octet | 0x20 for octet in b"<" + name), "little") for name in _NAMES_WITHOUT_END
)
_STARTS_WITHOUT_END = (b"br>", b"br/", b"img", b"meta", b"link", b"input", b"!--")

_VOID = frozenset(
    b"area base br col embed hr img input link meta source track wbr param keygen basefont".split()
)
# A second one of these closes the first, so they do not nest.
_CLOSES_ITSELF = frozenset(
    b"p li option dt dd tr td th tbody thead tfoot optgroup rp rt html head body".split()
)
_FORMATTING = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_RAW_TEXT = frozenset((b"script", b"style", b"textarea", b"title", b"noscript", b"iframe", b"xmp"))


class Decoded(NamedTuple):
    """A page's text, the encoding that it was read with, and whether every byte made sense in it."""

    text: str
    encoding: str
    intact: bool = True


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """The text of a page: a byte-order mark wins, then valid UTF-8, then what header and page declare."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return Decoded(body[len(mark) :].decode(encoding, "replace"), encoding)
    if not (b"\x1b" in body[:_GUESS_BYTES] and "iso2022_jp" in _declared(body, content_type)):
        # Text in another encoding is practically never valid UTF-8, whatever is declared.
        try:
            return Decoded(body.decode("utf-8"), "utf-8")
        except UnicodeDecodeError:
            pass
    declared = _declared(body, content_type)
    if b"\0" in body[:64]:
        declared = ["utf-16-le" if body[1:2] == b"\0" else "utf-16-be", *declared]
    for encoding in declared:
        text = _strict(body, encoding)
        if text is None or (encoding in _SINGLE_BYTE and _looks_like_utf8(body)):
            continue
        if encoding not in _SINGLE_BYTE or _may_be_latin(body):
            return Decoded(text, encoding)
    return _best_guess(body, declared)


def utf8_form(body: bytes, content_type: str | None = None) -> tuple[bytes, str]:
    """The page's bytes as valid UTF-8, and the encoding that they came in.

    Most come in UTF-8 already; making a text of all their scripts would cost a fifth of parsing them.
    """
    plain = not body.startswith(codecs.BOM_UTF8) and b"\x1b" not in body[:_GUESS_BYTES]
    if plain and _is_utf8(body):
        return body, "utf-8"
    text, encoding, _ = decode(body, content_type)
    return text.encode("utf-8", "replace"), encoding


def _is_utf8(body: bytes) -> bool:
    at = 0
    try:
        while at < len(body):
            piece = body[at : at + _PIECE]
            if piece.isascii():
                at += len(piece)
            else:
                # A letter that the piece cuts off is left to the next one.
                at += codecs.utf_8_decode(piece, "strict", at + _PIECE >= len(body))[1]
    except UnicodeDecodeError:
        return False
    return True


def words(text: str) -> frozenset[str]:
    """A set of words, for lists that read better as one text."""
    return frozenset(text.split())


def fold_space(text: str) -> str:
    """The text with every run of white space as one space, and none at the ends."""
    text = text.strip()
    # Of all white space only the plain space is printable. Asking takes less than half of making words.
    return text if text.isprintable() and "  " not in text else " ".join(text.split())


def without_surrogates(text: str) -> str:
    """The text with lone surrogates (from JSON escapes) replaced, so that it can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def why_too_deep(page: bytes) -> str | None:
    """A reason not to parse the UTF-8 bytes, or None: markup that makes HTML parsers slow, blind or hungry.

    A cheap count decides for nearly all pages; only those that look odd are read tag by tag.
    """
    import numpy as np

    if len(page) > MAX_BYTES:
        return "too-large"
    octets = np.frombuffer(page, dtype=np.uint8)
    tags = (octets[:-3] == ord("<")).nonzero()[0]
    if not tags.size:
        return None
    if tags.size > MAX_TAGS:
        return "too-many-tags"
    long_tags = tags[:-1][tags[1:] - tags[:-1] > _LONG_TAG].tolist()
    if any(_many_attributes(page, start) for start in (*long_tags, int(tags[-1]))):
        return "too-many-attributes"
    steps = 1 - 2 * (octets[1:][tags] == ord("/"))
    if _most_unclosed(steps) > _SUSPICIOUS_UNCLOSED:
        # The four bytes from each place on.
        starts = np.ndarray(len(page) - 3, "<u4", page, strides=(1,))[tags] | 0x20202020
        known = np.array(_WITHOUT_END, "<u4")
        # Where a start would stand if it were among them; np.isin takes three times as long.
        steps[known[known.searchsorted(starts) % known.size] == starts] = 0
        if _most_unclosed(steps) > _SUSPICIOUS_UNCLOSED or tags.size > _SUSPICIOUS_TAGS:
            return _read_tag_by_tag(page.lower())
    return _read_tag_by_tag(page.lower()) if tags.size > _SUSPICIOUS_TAGS else None


def is_plain(page: bytes) -> bool:
    """Whether one look shows that `why_too_deep` has nothing to say.

    It takes as long as NumPy takes for five pages, but NumPy's import takes as long as hundreds of listings.
    """
    before, *tags = page.split(b"<")
    if len(page) > MAX_BYTES or len(tags) > _SUSPICIOUS_TAGS:
        return False
    depth = 0
    start = len(before)
    for tag in tags:
        if len(tag) >= _LONG_TAG and _many_attributes(page, start):
            return False
        if tag.startswith(b"/"):
            depth = max(0, depth - 1)
        elif not tag.startswith(_STARTS_WITHOUT_END):
            depth += 1
            if depth > _SUSPICIOUS_UNCLOSED:
                return False
        start += len(tag) + 1
    return not tags or not _many_attributes(page, start - len(tags[-1]) - 1)


def _most_unclosed(steps: npt.NDArray[np.int64]) -> int:
    """The greatest number of tags that stand open at once; closing ones too many do not count."""
    import numpy as np

    depth = steps.cumsum()
    if depth.min() >= 0:
        return int(depth.max())
    return int(np.max(depth - np.minimum(np.minimum.accumulate(depth), 0)))


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Codec names that page and header declare, in the order to try them."""
    header = http_content_type_encoding(content_type) if content_type else None
    page = html_body_declared_encoding(body[:8192])
    names = [resolve_encoding(name) for name in (header, page) if name]
    # Latin-1 in a header is a web server's default and says nothing about the page.
    names.sort(key=lambda name: name in _SINGLE_BYTE)
    return list(dict.fromkeys(name for name in names if name))


def _strict(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _looks_like_utf8(body: bytes) -> bool:
    """Whether the bytes above ASCII are UTF-8 but for a few broken places."""
    high = sum(1 for byte in body[:_GUESS_BYTES] if byte >= 0x80)
    broken = body[:_GUESS_BYTES].decode("utf-8", "replace").count("\ufffd")
    return high > 0 and broken * 10 < high


def _may_be_latin(body: bytes) -> bool:
    """Whether the bytes above ASCII stand alone or in pairs, as accented letters do among others.

    In Thai, Arabic or Cyrillic they make whole words, whatever a server says of all its pages.
    """
    high = sum(map(len, _HIGH_RUN.findall(body)))
    return high < _FEW_LETTERS or 2 * sum(map(len, _LONG_HIGH_RUN.findall(body))) < high


def _best_guess(body: bytes, declared: list[str]) -> Decoded:
    """Nothing declared fits: the encoding with the fewest errors."""
    if _looks_like_utf8(body):
        return Decoded(body.decode("utf-8", "replace"), "utf-8", False)
    candidates = [name for name in declared if name not in _SINGLE_BYTE and name != "utf-8"]
    sample = body[:_GUESS_BYTES]
    if sum(octet >= 0x80 for octet in sample) >= _FEW_LETTERS:
        from charset_normalizer import from_bytes

        guess = from_bytes(sample, cp_isolation=_USUAL).best()
        if guess is not None:
            candidates.append(guess.encoding)
    candidates.append("cp1252")
    texts = [Decoded(body.decode(name, "replace"), name, False) for name in candidates]
    return min(texts, key=lambda decoded: decoded.text.count("\ufffd"))


def _many_attributes(page: bytes, start: int) -> bool:
    """Whether the tag that begins there has more attributes than a page needs."""
    tag = _OPEN_TAG.match(page, start)
    if tag is None:
        return False
    attributes, at = 0, tag.end()
    while attributes <= MAX_ATTRIBUTES and (attribute := _ATTRIBUTE.match(page, at)):
        attributes += 1
        at = attribute.end()
    return attributes > MAX_ATTRIBUTES


def _read_tag_by_tag(page: bytes) -> str | None:
    """Whether a parser would nest too deep, or repeat too much; the page in lower case."""
    open_tags: list[bytes] = []
    open_count: Counter[bytes] = Counter()
    unclosed_formatting: Counter[bytes] = Counter()
    repeated = position = 0
    while match := _TAG.search(page, position):
        position = match.end()
        closing, name = match.groups()
        if not name:
            position = _after(page, b"-->", position - 2)
        elif closing:
            if unclosed_formatting[name]:
                unclosed_formatting[name] -= 1
            while open_count[name]:
                last = open_tags.pop()
                open_count[last] -= 1
                if last == name:
                    break
        elif name in _RAW_TEXT:
            position = _after(page, b"</" + name, position)
        elif name not in _VOID:
            if name in _FORMATTING:
                unclosed_formatting[name] += 1
            else:
                repeated += unclosed_formatting.total()
            if name not in _CLOSES_ITSELF and not (open_count[b"svg"] and _closed_at_once(page, position)):
                open_tags.append(name)
                open_count[name] += 1
        if len(open_tags) > MAX_DEPTH:
            return "too-deep"
        if repeated > MAX_REPEATED:
            return "too-many-unclosed"
    return None


def _closed_at_once(page: bytes, position: int) -> bool:
    """Whether the tag ends in "/>", which means something only inside of SVG."""
    end = page.find(b">", position)
    return end > 0 and page[end - 1 : end] == b"/"


def _after(page: bytes, mark: bytes, position: int) -> int:
    found = page.find(mark, position)
    return len(page) if found < 0 else found + len(mark)

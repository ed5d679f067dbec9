"""Text as we keep it: clean characters, lines and paragraphs; and what is counted and hashed of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from hashlib import blake2b

# What almost every English text consists of besides ASCII: nothing here is ever changed, except by folding
# white space. Letters that begin mojibake (U+00C2 to U+00F4) and all that NFC may touch are left out.
_PLAIN = re.compile(
    "[\u00a0-\u00ac\u00ae-\u00c1\u00f5-\u02ff\u2002-\u200a\u2010-\u2027\u202f-\u205f\u20a0-\u20bf\u2122\u3000]*+"
)
_ASCII_TEXT = bytes([*b"\t\n", *range(32, 127)])
_ASCII_AS_SPACE = bytes.maketrans(bytes(range(128)), b" " * 128)

_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\u2028]")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*+\n)+")
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\xad\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e00ff"
)
_JUNK = re.compile(f"[{_INVISIBLE}]+")
_DIRT = re.compile(f"[{_INVISIBLE}\r\x0b\x0c\x1c-\x1e\u200b-\u200d\u2028\u2029]")
# Scripts that need joiners or an invisible break: Arabic, Syriac, N'Ko, those of India, Sinhala, Thai, Lao,
# Tibetan, Myanmar, Khmer, Mongolian; and emoji, which a joiner makes into one.
_JOINING = "\u0600-\u08ff\u0900-\u109f\u1780-\u18af\ua840-\ua87f\ua8e0-\uaaff\ufb50-\ufdcf\ufdf0-\ufdff\ufe0f"
_STRAY_JOINERS = re.compile(f"(?<![{_JOINING}\u2600-\u27bf\U0001f000-\U0001faff])[\u200b-\u200d]+")

# UTF-8 read as Windows-1252, Latin-1 or Windows-1251: a lead byte's letter and its continuation bytes' signs.
_C1_LETTERS = {byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}
_CONTINUATION = re.escape("".join(_C1_LETTERS.values())) + "\x80-\xbf"
_CONTINUATION_1251 = re.escape(bytes(range(0x80, 0xC0)).decode("cp1251", "ignore"))
_MOJIBAKE = re.compile(
    f"[\u00c2-\u00df][{_CONTINUATION}]|[\u00e0-\u00ef][{_CONTINUATION}]{{2}}|[\u00f0-\u00f4][{_CONTINUATION}]{{3}}"
    f"|(?:[РС][{_CONTINUATION_1251}]){{3}}"
)

_UNSPACED = re.compile(
    "[\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u1000-\u102a\u103f\u1050-\u1055"
    "\u1780-\u17b3\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)

_TYPOGRAPHIC = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u300c\u300d\uff02", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\ufe0e\ufe0f", ""),
    **dict.fromkeys("\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000", " "),
    **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
    "\u2026": "...",
    "\u2044": "/",
    "\u00d7": "x",
    "\u2022": "*",
    "\u00b7": "*",
}
_PLAIN_QUOTES = bytes.maketrans(b"`", b"'")
_ASCII_SPACE = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
_DASHES = re.compile(b"-{2,}")


def one_line(text: str | None) -> str | None:
    """The text on one line in clean characters; None for nothing."""
    if not text:
        return None
    return (_on_one_line(text) if _is_plain(text) else _cleaned(text, _on_one_line)) or None


def paragraphs(text: str | None) -> str:
    """The text's paragraphs, one line each, joined by a blank line; "" for nothing.

    A single line break is white space, unless the text has no blank line: then each line is a paragraph.
    """
    if not text:
        return ""
    return _in_paragraphs(text) if _is_plain(text) else _cleaned(text, _in_paragraphs)


def word_count(text: str) -> int:
    """Words of the text; in scripts without spaces every character counts as one."""
    beyond = "" if text.isascii() else _beyond_ascii(text)
    if _UNSPACED.search(beyond):
        text, characters = _UNSPACED.subn(" ", text)
        return characters + sum(any(map(str.isalnum, word)) for word in text.split())
    words = len(text.split()) - text.count(" - ")
    return words - text.count(" – ") - text.count(" — ") if beyond else words


def body_hash(lead: str | None, body: str) -> str:
    """Hash of lead and body, the same for texts that differ only in white space and typography."""
    text = plain_form(f"{lead}{body}" if lead else body)
    letters = text.encode("utf-8", "replace").translate(_PLAIN_QUOTES, _ASCII_SPACE)
    if b"--" in letters:
        letters = _DASHES.sub(b"-", letters)
    return blake2b(letters, digest_size=16).hexdigest()


def plain_form(text: str) -> str:
    """The text in plain typography: straight quotes, hyphens for dashes, plain spaces."""
    if not text.isascii():
        for character in _TYPOGRAPHIC.keys() & set(_beyond_ascii(text)):
            text = text.replace(character, _TYPOGRAPHIC[character])
    return text


def spaced(text: str) -> str:
    """The text with a space around every character of the scripts that use none between words."""
    return _UNSPACED.sub(r" \g<0> ", text) if _UNSPACED.search(_beyond_ascii(text)) else text


def _beyond_ascii(text: str) -> str:
    """The characters that are not ordinary ASCII, in their order: few, so that they are cheap to look at."""
    return text.encode("utf-8", "replace").translate(None, _ASCII_TEXT).decode()


def _is_plain(text: str) -> bool:
    """Whether nothing but white space needs folding; a matter of microseconds for most texts."""
    try:
        beyond = text.encode().translate(None, _ASCII_TEXT).decode()
    except UnicodeEncodeError:
        return False
    if _PLAIN.fullmatch(beyond):
        return True
    if _DIRT.search(beyond) or (_MOJIBAKE.search(beyond) and _has_mojibake(text)):
        return False
    return unicodedata.is_normalized("NFC", text)


def _has_mojibake(text: str) -> bool:
    runs = b" ".join(text.encode().translate(_ASCII_AS_SPACE).split()).decode()
    return _MOJIBAKE.search(runs) is not None


def _cleaned(text: str, fold: Callable[[str], str]) -> str:
    """Clean characters and folded white space, repeated while they change: one repair lays open another."""
    # JSON's escapes may leave a pair of surrogates where one character is meant; half a pair means nothing.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    for _ in range(5):
        cleaner = fold(_in_clean_characters(text))
        if cleaner == text:
            break
        text = cleaner
    return text


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _in_paragraphs(text: str) -> str:
    blocks = _BLANK_LINES.split(text) if "\n" in text else [text]
    if len(blocks) == 1:
        blocks = text.split("\n")
    lines = (" ".join(block.split()) for block in blocks)
    return "\n\n".join(line for line in lines if line)


def _in_clean_characters(text: str) -> str:
    """In NFC, without control, bidi and invisible characters; mojibake repaired where sure."""
    text = _LINE_BREAKS.sub("\n", text).replace("\u2029", "\n\n")
    if text.isascii():
        return _JUNK.sub("", text)
    if _MOJIBAKE.search(text):
        text = "\n".join(map(_repaired, text.split("\n")))
    text = _STRAY_JOINERS.sub("", _JUNK.sub("", text.translate(_C1_LETTERS)))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _repaired(line: str) -> str:
    if not _MOJIBAKE.search(line):
        return line
    from ftfy import fix_encoding  # takes a tenth of a second to import, and is hardly ever needed

    return fix_encoding(line)

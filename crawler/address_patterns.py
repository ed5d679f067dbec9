"""Patterns of article addresses, guessed from examples: what a new outlet's `article_urls` may look like.

The parts of a path are told by their looks: days, numbers and codes that are ids, long names, and plain
words, which are sections. Paths of one make give one pattern. Where nothing in a path tells, an id in the
query may: "/news/view?id=77001".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

_DAY_FOLDERS = re.compile(r"(?:19|20)\d\d/\d{1,2}/\d{1,2}(?=/)")
_MONTH_NAME_FOLDERS = re.compile(r"(?:19|20)\d\d/[a-z]{3}/\d{1,2}(?=/)")
_EXTENSION = r"(?P<extension>\.[a-z]{2,5})?"
_WORDS = r"[\w-]+(?:/[\w-]+)*"


_ID_NAME = re.compile(
    r"(?:news|articles?|art|story|doc|content|post|item|entry|view|bbs|board|ar)?[_-]?"
    r"(?:id|no|num|idx|idxno|code|key|seq|srl|sn)|[anou]id|wr_id|p",
    re.I,
)
"""Names of parameters that hold an article's id; those of sections, pages and readers are others."""
_ID_VALUE = re.compile(r"[A-Za-z]{0,8}[-_]?\d{3,20}|(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,40}")


def id_in_query(query: str) -> tuple[str, str] | None:
    """Name and value of the parameter that looks like an article's id, or None."""
    for name, value in parse_qsl(query)[:20]:
        if _ID_NAME.fullmatch(name) and _ID_VALUE.fullmatch(value):
            return name, value
    return None


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a path: its kind, and the pattern that its like match (empty: a plain word)."""

    kind: str
    pattern: str = ""
    word: str = ""


_SEGMENTS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (kind, re.compile(looks + _EXTENSION + r"$"), pattern)
    for kind, looks, pattern in (
        ("day", r"(?:19|20)\d\d[01]\d[0-3]\d", r"(?P<day>\d{8})"),
        ("hash", r"[0-9a-f]{24,64}", r"(?P<id>[0-9a-f]+)"),
        ("number", r"\d{4,}", r"(?P<id>\d+)"),
        ("word-number", r"(?P<prefix>[a-z]{2,12})\d{5,}", r"{prefix}(?P<id>\d+)"),
        ("letters-number", r"[A-Z]{2,5}\d{6,}", r"(?P<id>[A-Z]+\d+)"),
        ("name-day", r"[^/]+-(?:19|20)\d\d-[01]\d-[0-3]\d", r"[^/]+-(?P<day>\d{4}-\d{2}-\d{2})"),
        ("name-hash", r"[^/]+-[0-9a-f]{24,64}", r"[^/]+-(?P<id>[0-9a-f]{24,64})"),
        ("name-number", r"[^/]+[-_]\d{5,}", r"[^/]+[-_](?P<id>\d+)"),
        ("number-name", r"\d{5,}[-_][^/]+", r"(?P<id>\d+)[-_][^/]+"),
        ("code", r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,16}", r"(?P<id>[a-z0-9]{8,16})"),
        ("name", r"[^/.]+(?:-[^/.]+){2,}", r"[^/]+"),
        ("name", r"(?=.*[^\x00-\x7f])[^/]{8,}", r"[^/]+"),
    )
)
"""Kinds of segments, the surest first: name, looks, the pattern for `article_urls`."""


def guess_patterns(paths: Sequence[str]) -> list[str]:
    """Patterns that match whole paths, the commonest first; what fewer than a tenth are like is left out.

    A path may have its query behind it. It counts where the path itself tells nothing.
    """
    makes: dict[tuple[str, ...], list[list[_Part]]] = defaultdict(list)
    queries: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for address in dict.fromkeys(paths):
        path, _, query = address.partition("?")
        parts = _parts(path)
        known = id_in_query(query)
        if any(part.pattern for part in parts):
            makes[_make(parts)].append(parts)
        elif known and re.fullmatch(r"[\w./-]*", path):  # the rest must not get into code
            queries[path.rpartition("/")[2], known[0]].append((path, known[1]))
    enough = max(2, len(paths) // 10) if len(paths) > 3 else 1
    found = [(len(alike), _pattern(alike)) for alike in makes.values() if len(alike) >= enough]
    found += [
        (len(alike), _query_pattern(name, alike))
        for (_, name), alike in queries.items()
        if len(alike) >= enough
    ]
    return [pattern for _, pattern in sorted(found, key=lambda counted: -counted[0])]


def _query_pattern(name: str, alike: Sequence[tuple[str, str]]) -> str:
    """One pattern for addresses of one page that differ in a parameter, in all the folders it lies in."""
    folders = {path.rpartition("/")[0] for path, _ in alike}
    page = re.escape(alike[0][0].rpartition("/")[2])
    folder = re.escape(folders.pop()) if len(folders) == 1 else f"(?:/(?P<section>{_WORDS}))?"
    value = r"\d+" if all(value.isdigit() for _, value in alike) else r"[\w-]+"
    return rf"{folder}/{page}\?(?:.*&)?{re.escape(name)}=(?P<id>{value})(?:&|$)".replace(r"\-", "-")


def _parts(path: str) -> list[_Part]:
    """The path's parts in order; those of a date in folders are one."""
    rest = path.strip("/")
    parts: list[_Part] = []
    seen_id = seen_day = False
    while rest:
        if match := _DAY_FOLDERS.match(rest):
            parts.append(_Part("day-folders", r"(?P<day>\d{4}/\d{1,2}/\d{1,2})"))
            seen_day, rest = True, rest[match.end() + 1 :]
            continue
        if match := _MONTH_NAME_FOLDERS.match(rest):
            parts.append(_Part("day-folders", r"\d{4}/[a-z]{3}/\d{1,2}"))
            seen_day, rest = True, rest[match.end() + 1 :]
            continue
        segment, _, rest = rest.partition("/")
        part = _segment(segment)
        if part.kind == "word" and not rest and seen_day and not seen_id:
            part = _Part("name", r"[^/]+")
        # A pattern has each group once; what repeats it is taken as it comes.
        if ("<id>" in part.pattern and seen_id) or ("<day>" in part.pattern and seen_day):
            part = _Part("name", r"[^/]+")
        seen_id |= "<id>" in part.pattern
        seen_day |= "<day>" in part.pattern
        parts.append(part)
    return parts


def _segment(segment: str) -> _Part:
    for kind, looks, pattern in _SEGMENTS:
        if match := looks.match(segment):
            extension = re.escape(match["extension"] or "")
            if kind == "word-number":
                pattern = pattern.replace("{prefix}", match["prefix"])
                kind += match["prefix"]
            return _Part(kind + extension, pattern + extension)
    # Anything but a plain word must not get into code that holds the pattern.
    return _Part("word", word=segment) if re.fullmatch(r"[\w.-]+", segment) else _Part("name", r"[^/]+")


def _make(parts: Iterable[_Part]) -> tuple[str, ...]:
    """What paths of one make have in common: the kinds, however many words stand together."""
    kinds: list[str] = []
    for part in parts:
        if part.kind != "word" or kinds[-1:] != ["word"]:
            kinds.append(part.kind)
    return tuple(kinds)


def _pattern(alike: Sequence[list[_Part]]) -> str:
    """One pattern for paths of one make."""
    runs = [_runs(parts) for parts in alike]
    pieces: list[str] = []
    has_section = False
    for nth, first in enumerate(runs[0]):
        if isinstance(first, _Part):
            pieces.append(first.pattern)
            continue
        words = [run for path in runs if isinstance(run := path[nth], tuple)]
        common = _common(words)
        pieces.extend(re.escape(word).replace(r"\-", "-") for word in common)
        if any(len(run) > len(common) for run in words):
            optional = "?" if any(len(run) == len(common) for run in words) else ""
            group = _WORDS if has_section else f"(?P<section>{_WORDS})"
            pieces.append(f"(?:{group}){optional}" if optional else group)
            has_section = True
    text = ""
    for piece in pieces:
        # Where a section may be missing, its slash goes with it.
        text += f"(?:/{piece[3:-2]})?" if piece.endswith(")?") and piece.startswith("(?:") else f"/{piece}"
    return text + "/?$"


def _runs(parts: Sequence[_Part]) -> list[_Part | tuple[str, ...]]:
    """The parts, with words that stand together as one."""
    runs: list[_Part | tuple[str, ...]] = []
    for part in parts:
        last = runs[-1] if runs else None
        if part.kind != "word":
            runs.append(part)
        elif isinstance(last, tuple):
            runs[-1] = (*last, part.word)
        else:
            runs.append((part.word,))
    return runs


def _common(runs: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The words that all runs begin with. One example alone shows no section, so all of it counts."""
    common = runs[0]
    for run in runs[1:]:
        same = 0
        while same < min(len(common), len(run)) and common[same] == run[same]:
            same += 1
        common = common[:same]
    return common


def invented_path(path: str, name: str) -> str:
    """The path with another name where it holds a headline; one with a query stays as it is."""
    if "?" in path:
        return path
    return "/".join(_invented(segment, name) for segment in path.split("/"))


def _invented(segment: str, name: str) -> str:
    kind = _segment(segment).kind
    if kind.startswith("name-day"):
        return name + segment[-len("-2026-03-02") :]
    if kind.startswith("number-name"):
        return re.sub(r"(?<=[-_])[^.]+", name, segment, count=1)
    if kind.startswith("name-"):
        return re.sub(r"^.+(?=[-_])", name, segment)
    if kind.startswith("name"):
        return re.sub(r"^[^/.]+", name, segment)
    return segment

"""The timetable: which outlet is crawled when and within which limits, read from a TOML file and checked."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from schedules.due_times import Auto, Cron, DueTimes, Every

DEFAULT_PATH = Path(__file__).with_name("timetable.toml")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SIZES = {"MIB": 2**20, "GIB": 2**30}
SMALLEST_MEMORY = 256 * 2**20


class TimetableError(Exception):
    """The timetable cannot be used; the message has a line for each fault, with line, key and remedy."""


@dataclass(frozen=True, slots=True)
class Job:
    """One outlet's entry: when it is due, and how its crawl is run."""

    outlet: str
    due_times: DueTimes
    jitter: timedelta = timedelta(0)
    timeout: timedelta = timedelta(minutes=50)
    memory: int = 6 * 2**30
    """Bytes of address space."""
    overlap: str = "skip"
    """ "skip" or "queue": what becomes of a due time that comes while the last crawl runs."""
    catch_up: str = "once"
    """ "once" or "none": what becomes of the due times of a downtime."""
    enabled: bool = True
    arguments: tuple[str, ...] = ()
    """Further arguments of `scrapy crawl`."""
    line: int = field(default=0, compare=False)
    """Where it stands in the file; another place alone is no change."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """All outlets' entries, and what holds for the service as a whole."""

    jobs: Mapping[str, Job]
    parallel: int = 2
    keep_logs: int = 50
    drain: timedelta = timedelta(minutes=2)


def load_timetable(path: Path) -> Timetable:
    """Read and check the timetable at `path`; raise TimetableError."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TimetableError(
            f"{path}: cannot be read ({error}); name another with --timetable or ASIADESK_TIMETABLE"
        ) from error
    return parse_timetable(text, str(path))


def parse_timetable(text: str, name: str = "timetable.toml") -> Timetable:
    """The timetable in `text`; raise TimetableError that names every fault, `name` in front."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise TimetableError(
            f"{name}, line {line[1] if line else len(text.splitlines())}: not TOML: {error}; "
            'texts stand in quotes, as in every = "30m"'
        ) from error
    return _Reader(document, text, name).timetable()


def duration(value: object) -> timedelta:
    """Read "90s", "15m" or "1h30m"."""
    parts = re.findall(r"(\d+)\s*([smhd])", value) if isinstance(value, str) else []
    if not parts or re.sub(r"\d+\s*[smhd]\s*", "", str(value)):
        raise ValueError('is no duration; write it like "90s", "15m", "1h30m" or "2d"')
    seconds = sum(int(count) * UNITS[unit] for count, unit in parts)
    if seconds > 366 * UNITS["d"]:
        raise ValueError("is longer than a year; write a shorter duration")
    return timedelta(seconds=seconds)


def _positive_duration(value: object) -> timedelta:
    length = duration(value)
    if length <= timedelta(0):
        raise ValueError('must be longer than nothing; write it like "15m"')
    return length


def _memory(value: object) -> int:
    match = re.fullmatch(r"(\d+)\s*([KMGT]i?B)", value.strip(), re.I) if isinstance(value, str) else None
    if not match or match[2].upper() not in SIZES:
        raise ValueError('is no size of memory; write it like "800 MiB" or "3 GiB"')
    size = int(match[1]) * SIZES[match[2].upper()]
    if size < SMALLEST_MEMORY:
        raise ValueError('is too little for any crawl; write "1 GiB" or more')
    return size


def _choice(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in choices:
            raise ValueError("is not understood; write " + " or ".join(f'"{choice}"' for choice in choices))
        return str(value)

    return read


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false; write one of them, without quotes")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("is no number from 1 up; write it without quotes")
    return value


def _arguments(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ValueError('is no list of texts; write it like ["-s", "DOWNLOAD_DELAY=3"]')
    for name in ("RUN_ID", "DATA_DIR", "LEDGER", "STATE_DIR"):
        if any(part.removeprefix("-s").startswith(f"{name}=") for part in value):
            raise ValueError(f"sets {name}, which is the service's; take it out")
    return tuple(value)


SERVICE_KEYS: Mapping[str, Callable[[object], Any]] = {
    "parallel": _count,
    "keep_logs": _count,
    "drain": duration,
}
LIMIT_KEYS: Mapping[str, Callable[[object], Any]] = {
    "jitter": duration,
    "timeout": _positive_duration,
    "memory": _memory,
    "overlap": _choice("skip", "queue"),
    "catch_up": _choice("once", "none"),
    "enabled": _truth,
    "arguments": _arguments,
}
DUE_KEYS = ("cron", "every", "shortest", "longest")


class _Reader:
    """Checks a parsed document; gathers all faults, so that one look at the message mends the file."""

    def __init__(self, document: dict[str, Any], text: str, name: str) -> None:
        self.document = document
        self.lines = _lines_of_keys(text)
        self.name = name
        self.faults: list[tuple[int, str]] = []

    def timetable(self) -> Timetable:
        self._known_only((), self.document, ("service", "defaults", "outlets"))
        service = self._read_keys(("service",), SERVICE_KEYS)
        defaults = self._read_keys(("defaults",), LIMIT_KEYS)
        outlets = self._table(("outlets",))
        jobs = {}
        for outlet in outlets:
            job = self._job(outlet, defaults)
            if job is not None:
                jobs[outlet] = job
        if not outlets and not self.faults:
            self._fault(("outlets",), 'there is no outlet; add [outlets.sputnik] with every = "30m"')
        if self.faults:
            raise TimetableError("\n".join(message for _, message in sorted(self.faults)))
        return Timetable(jobs, **service)

    def _job(self, outlet: str, defaults: dict[str, Any]) -> Job | None:
        place = ("outlets", outlet)
        # The name becomes part of paths and of a command line.
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", outlet):
            self._fault(place, "is no outlet's name; write the spider's name: small letters, digits and _")
        if not isinstance(self.document["outlets"][outlet], dict):
            remedy = f'write [outlets.{outlet}], and below it every = "30m"'
            self._fault(place, f"is no table; {remedy}")
            return None
        limits = defaults | self._read_keys(place, LIMIT_KEYS, DUE_KEYS)
        due_times = self._due_times(place)
        return Job(outlet, due_times, line=self._line(place), **limits) if due_times is not None else None

    def _due_times(self, place: tuple[str, ...]) -> DueTimes | None:
        table = self._table(place)
        given = [key for key in ("cron", "every") if key in table]
        if len(given) != 1:
            problem = "has both cron and every" if given else "has neither cron nor every"
            self._fault(
                place, f'{problem}; write one of them: cron = "0 * * * *", every = "30m" or every = "auto"'
            )
            return None
        if table.get("every") == "auto":
            return self._auto(place, table)
        for key in ("shortest", "longest"):
            if key in table:
                self._fault((*place, key), 'is for every = "auto" only; take it out')
        key = given[0]
        try:
            if key == "every":
                return Every(_positive_duration(table[key]))
            if not isinstance(table[key], str):
                raise ValueError('is no text; write five cron fields, such as "0 * * * *"')
            return Cron.parse(table[key])
        except ValueError as error:
            between = ": " if key == "cron" else " "
            self._fault((*place, key), f"{table[key]!r}{between}{error}")
            return None

    def _auto(self, place: tuple[str, ...], table: dict[str, Any]) -> Auto | None:
        bounds = {}
        for key, default in (("shortest", "10m"), ("longest", "6h")):
            try:
                bounds[key] = _positive_duration(table.get(key, default))
            except ValueError as error:
                self._fault((*place, key), f"{table.get(key)!r} {error}")
        if len(bounds) < 2:
            return None
        if bounds["shortest"] > bounds["longest"]:
            self._fault((*place, "shortest"), "is longer than longest; give the smaller duration to shortest")
            return None
        return Auto(bounds["shortest"], bounds["longest"])

    def _read_keys(
        self,
        place: tuple[str, ...],
        readers: Mapping[str, Callable[[object], Any]],
        others: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        table = self._table(place)
        self._known_only(place, table, (*readers, *others))
        values = {}
        for key, read in readers.items():
            if key not in table:
                continue
            try:
                values[key] = read(table[key])
            except ValueError as error:
                self._fault((*place, key), f"{table[key]!r} {error}")
        return values

    def _table(self, place: tuple[str, ...]) -> dict[str, Any]:
        table: Any = self.document
        for key in place:
            table = table.get(key, {})
            if not isinstance(table, dict):
                self._fault(place, f"is no table; write [{'.'.join(place)}] on a line of its own")
                return {}
        return table

    def _known_only(self, place: tuple[str, ...], table: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                remedy = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
                self._fault((*place, key), f"is not known; {remedy}")

    def _fault(self, place: tuple[str, ...], problem: str) -> None:
        line = self._line(place)
        fault = (line, f"{self.name}, line {line}: {'.'.join(place)}: {problem}")
        if fault not in self.faults:
            self.faults.append(fault)

    def _line(self, place: tuple[str, ...]) -> int:
        # A table that is only implied has no line of its own: the line of what stands nearest above it.
        return next((self.lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in self.lines), 1)


KEY_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
KEY = rf"{KEY_PART}(?:\s*\.\s*{KEY_PART})*"


def _lines_of_keys(text: str) -> dict[tuple[str, ...], int]:
    """Where each table and key is written; tomllib does not keep it."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(rf"\s*\[\s*({KEY})\s*\]", line):
            place = table = _key_parts(header[1])
        elif key := re.match(rf"\s*({KEY})\s*=", line):
            place = (*table, *_key_parts(key[1]))
        else:
            continue
        for length in range(1, len(place) + 1):
            lines.setdefault(place[:length], number)
    return lines


def _key_parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(KEY_PART, text))

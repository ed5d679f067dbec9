"""Alerts: what is wrong and what is well again, told once, together, and in text that cannot do anything."""

from __future__ import annotations

import json
import logging
import os
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.storage.durable import replace_text
from schedules.due_times import short_duration

logger = logging.getLogger(__name__)

GROUP_FOR = timedelta(seconds=60)
"""News waits so long for company: one message for ten outlets behind one broken line."""
REMIND_AFTER = timedelta(days=1)
"""A problem that goes on is told again after this."""
LONGEST_TEXT = 300
LONGEST_LIST = 20

WELL = {
    "failed": "runs come to their end again",
    "partial": "no link fails any more",
    "overlap": "runs no longer overlap",
    "missed": "runs start when they are due",
    "yield": "the usual number of links in",
    "field": "filled again as usual:",
    "words": "bodies are as long as usual",
    "quarantine": "no more pages quarantined than usual",
    "not-modified": "as many unchanged pages as usual",
    "silence": "new articles again",
    "timetable": "the timetable is valid",
    "ledger": "the ledger can be written",
}

# What chat services, mail programs and terminals take for markup, links or mentions, and what looks alike.
_LOOK_ALIKES = str.maketrans("<>&@[]`*|\\~", "‹›＆＠⟦⟧ʼ∗¦⧵∼")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an outlet's runs."""

    kind: str
    """Tells one problem of the outlet from another; the same kind again is the same problem going on."""
    text: str
    times_before_alert: int = 1
    """So often in a row it must be seen before it is worth a message."""


@dataclass(slots=True)
class _Open:
    """A problem that has been seen and has not gone away."""

    text: str
    since: float
    news_at: float
    times: int = 1
    times_before_alert: int = 1
    told_at: float | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """One message, and what of the book it tells."""

    title: str
    body: str
    problems: tuple[tuple[str, str], ...] = ()
    recovered: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class AlertBook:
    """What is wrong with which outlet, and what of it has been told; kept in a file over restarts."""

    problems: dict[str, dict[str, _Open]] = field(default_factory=dict)
    recovered: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> AlertBook:
        """The book as kept; an unreadable one is an empty one, for alerts must not stop runs."""
        try:
            kept = json.loads(path.read_text())
            problems = {
                outlet: {kind: _Open(**entry) for kind, entry in kinds.items()}
                for outlet, kinds in kept["problems"].items()
            }
            return cls(problems, kept["recovered"])
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            logger.warning("%s cannot be read (%s): alerts begin anew", path, error)
            return cls()

    def save(self, path: Path) -> None:
        """Keep the book; whole or not at all."""
        replace_text(path, json.dumps(asdict(self), indent=1))

    def keep_only(self, outlets: Collection[str]) -> None:
        """Forget the outlets that nobody watches any more: nothing of them can recover."""
        self.problems = {outlet: kinds for outlet, kinds in self.problems.items() if outlet in outlets}
        self.recovered = {outlet: kinds for outlet, kinds in self.recovered.items() if outlet in outlets}

    def observe(
        self, outlet: str, problems: Iterable[Problem], now: datetime, going_on: Collection[str] = ()
    ) -> None:
        """Take all that is wrong with an outlet now; what was wrong and is not among it has gone away.

        Kinds in `going_on` have not gone away, whether or not they are among it.
        """
        problems = list(problems)
        kinds = {problem.kind for problem in problems}
        for kind in list(self.problems.get(outlet, {})):
            if kind not in kinds and kind not in going_on:
                self.forget(outlet, kind, now)
        for problem in problems:
            self.note(outlet, problem, now)

    def note(self, outlet: str, problem: Problem, now: datetime) -> None:
        """Take one thing that is wrong, and say nothing of the others."""
        seconds = now.timestamp()
        entry = self.problems.setdefault(outlet, {}).setdefault(
            problem.kind, _Open(problem.text, seconds, seconds, 0, problem.times_before_alert)
        )
        entry.text = problem.text
        entry.times += 1
        if entry.times == entry.times_before_alert:
            entry.news_at = seconds
        if self.recovered.get(outlet, {}).pop(problem.kind, None) is not None:
            entry.told_at = entry.told_at or seconds  # back before its recovery was told: nothing new

    def forget(self, outlet: str, kind: str, now: datetime) -> None:
        """Take that something is no longer wrong."""
        entry = self.problems.get(outlet, {}).pop(kind, None)
        if entry is not None and entry.told_at is not None:
            self.recovered.setdefault(outlet, {})[kind] = now.timestamp()
        self.problems = {outlet: kinds for outlet, kinds in self.problems.items() if kinds}

    def digest(self, now: datetime, *, at_once: bool = False) -> Digest | None:
        """What should be told now, all of it together; None while there is nothing or company may come."""
        seconds = now.timestamp()
        untold, again, waits = [], [], False
        for outlet, kinds in sorted(self.problems.items()):
            for kind, entry in sorted(kinds.items()):
                if entry.told_at is None and entry.times >= entry.times_before_alert:
                    untold.append((outlet, kind))
                    waits = waits or _passed(entry.news_at, seconds, GROUP_FOR)
                elif entry.told_at is not None and _passed(entry.told_at, seconds, REMIND_AFTER):
                    again.append((outlet, kind))
        recovered = [(o, kind) for o, kinds in sorted(self.recovered.items()) for kind in sorted(kinds)]
        waits = waits or any(_passed(self.recovered[o][kind], seconds, GROUP_FOR) for o, kind in recovered)
        told = (*untold, *again)
        if not (waits or again or (at_once and (told or recovered))):
            return None
        counts = [
            f"{len(told)} {'problem' if len(told) == 1 else 'problems'}" if told else "",
            f"{len(recovered)} recovered" if recovered else "",
        ]
        lines = [self._line(outlet, kind, seconds) for outlet, kind in told]
        lines += [f"{outlet}: {_well(kind)}" for outlet, kind in recovered]
        if len(lines) > LONGEST_LIST:
            lines[LONGEST_LIST:] = [f"… and {len(lines) - LONGEST_LIST} more"]
        title = "Asiadesk: " + ", ".join(count for count in counts if count)
        return Digest(title, "\n".join(plain(line) for line in lines), told, tuple(recovered))

    def told(self, digest: Digest, now: datetime) -> None:
        """Note that a digest has been delivered."""
        for outlet, kind in digest.problems:
            if entry := self.problems.get(outlet, {}).get(kind):
                entry.told_at = now.timestamp()
        for outlet, kind in digest.recovered:
            self.recovered.get(outlet, {}).pop(kind, None)
        self.recovered = {outlet: kinds for outlet, kinds in self.recovered.items() if kinds}

    def _line(self, outlet: str, kind: str, seconds: float) -> str:
        entry = self.problems[outlet][kind]
        lasts = timedelta(seconds=max(0, round((seconds - entry.since) / 60)) * 60)
        going_on = f" (for {short_duration(lasts)}, {entry.times} times)" if entry.times > 1 else ""
        return f"{outlet}: {entry.text[:LONGEST_TEXT]}{going_on}"


def _well(kind: str) -> str:
    """What has become of a problem that has gone away."""
    name, _, subject = kind.partition(":")
    return f"recovered: {WELL.get(name, name)} {subject}".rstrip()


def _passed(since: float, seconds: float, span: timedelta) -> bool:
    # A clock that was set back must not silence the alerts: any long way from `since` will do.
    return abs(seconds - since) >= span.total_seconds()


def plain(text: str) -> str:
    """Text as letters only: no markup, mention, control or direction that a reader's program would act on."""
    letters = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    cleaned = re.sub(r" +", " ", letters).strip().translate(_LOOK_ALIKES)
    return cleaned if len(cleaned) <= LONGEST_TEXT else cleaned[: LONGEST_TEXT - 1] + "…"


def alert_urls() -> list[str]:
    """Where alerts go: apprise URLs from the environment, separated by spaces."""
    return os.environ.get("ASIADESK_ALERT_URLS", "").split()


def faulty_alert_urls(urls: Collection[str]) -> str | None:
    """What keeps alerts from being sent, in words that do not repeat the secrets; None if nothing does."""
    if not urls:
        return None
    try:
        from apprise import Apprise
    except ImportError:
        return "ASIADESK_ALERT_URLS is set, but apprise is not installed: pip install asiadesk[alerts]"
    wrong = [n for n, url in enumerate(urls, 1) if not Apprise().add(url)]
    if wrong:
        numbers = ", ".join(map(str, wrong))
        return f"ASIADESK_ALERT_URLS: apprise does not understand address {numbers}; see its list of services"
    return None


def send(digest: Digest, urls: Collection[str]) -> list[int]:
    """Deliver a digest to all addresses; returns the places, from 1, of those that did not take it."""
    from apprise import Apprise, NotifyFormat

    failed = []
    for place, url in enumerate(urls, 1):
        apprise = Apprise()
        apprise.add(url)
        if not apprise.notify(title=digest.title, body=digest.body, body_format=NotifyFormat.TEXT):
            failed.append(place)
    return failed

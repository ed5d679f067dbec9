"""Health: whether a run looks like the outlet's last ones; tells a quiet failure from a quiet day."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from schedules.due_times import short_duration
from schedules.publication_habit import PublicationHabit
from schedules.run_reports import RunReport

RUNS = 14
"""As many of the outlet's own last runs are the measure."""
FEWEST_RUNS = 3
"""Fewer runs are no habit; nothing is judged by them."""
UNLIKELY = 1e-5
"""What chance brings less often than this is no chance; many fields are looked at in many runs."""
FULL_CHANNELS = ("listing:", "feed:")
"""Channels that always show about as much; a day's archive and a month's sitemap begin empty."""
FEWEST_LINKS = 5
YIELD_SHARE = 0.3
FEWEST_WORDS_SHARE = 0.4
MOST_WORDS_SHARE = 3.0
ARTICLES_FOR_WORDS = 5
REQUESTS_FOR_SHARE = 20
SILENT_ARTICLES = 12.0
"""As many articles were to be expected since the last new one; a quiet day alone does not come to that."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which a run is not like the ones before."""

    kind: str
    """yield, field, words, quarantine, not-modified or silence."""
    subject: str
    """The channel or field that it is about; empty if it is about the run."""
    text: str


def check_health(report: RunReport, earlier: Sequence[RunReport]) -> list[Finding]:
    """What is wrong with a run against the outlet's `earlier` ones, newest first."""
    earlier = earlier[:RUNS]
    if len(earlier) < FEWEST_RUNS:
        return []
    return [
        *_channels(report, earlier),
        *_fields(report, earlier),
        *_words(report, earlier),
        *_quarantine(report, earlier),
        *_not_modified(report, earlier),
    ]


def check_silence(
    habit: PublicationHabit, last_new_at: datetime | None, longest_gap: timedelta, now: datetime
) -> list[Finding]:
    """Whether nothing new has come for longer than the outlet's habit and twice its `longest_gap`."""
    if last_new_at is None:
        return []
    silent, missed = now - last_new_at, habit.expected(last_new_at, now)
    if missed < SILENT_ARTICLES or silent < 2 * longest_gap:
        return []
    text = (
        f"no new article for {short_duration(timedelta(hours=silent // timedelta(hours=1)))}, "
        f"where about {missed:.0f} were to be expected"
    )
    return [Finding("silence", "", text)]


def _channels(report: RunReport, earlier: Sequence[RunReport]) -> Iterator[Finding]:
    for channel in report.channels:
        if channel.is_unchanged or not channel.name.startswith(FULL_CHANNELS):
            continue
        shown = [
            other.links
            for run in earlier
            for other in run.channels
            if other.name == channel.name and not other.is_unchanged
        ]
        if len(shown) < FEWEST_RUNS:
            continue
        usual = median(shown)
        if usual >= FEWEST_LINKS and channel.links < YIELD_SHARE * usual:
            text = f"{channel.name} shows {channel.links} links, usually {usual:.0f}"
            yield Finding("yield", channel.name, text)


def _fields(report: RunReport, earlier: Sequence[RunReport]) -> Iterator[Finding]:
    """Fields filled less often than chance allows, in this run or in this and the few before together.

    Small runs hide a lost field from the first look; large pools hide its beginning from the second.
    """
    for recent, before in _splits(report, earlier):
        articles = sum(run.articles for run in before)
        if not articles:
            continue
        names = {name for run in before for name in run.fields}
        found = False
        for name in sorted(names):
            usual = sum(run.fields.get(name, 0.0) * run.articles for run in before) / articles
            now_of = sum(run.articles for run in recent)
            filled = round(sum(run.fields.get(name, 0.0) * run.articles for run in recent))
            if usual >= 0.5 and filled < usual * now_of / 2 and at_most(filled, now_of, usual) < UNLIKELY:
                found = True
                yield Finding(
                    "field",
                    name,
                    f"{name} is filled in {filled} of {now_of} articles, usually in {usual:.0%}",
                )
        if found:
            return


def _splits(
    report: RunReport, earlier: Sequence[RunReport]
) -> Iterator[tuple[Sequence[RunReport], Sequence[RunReport]]]:
    yield [report], earlier
    recent, articles = [report], report.articles
    for n, run in enumerate(earlier[: RUNS // 2], 1):
        recent.append(run)
        articles += run.articles
        if articles >= 10 and report.articles:
            yield recent, earlier[n:]
            return


def _words(report: RunReport, earlier: Sequence[RunReport]) -> Iterator[Finding]:
    means = [run.mean_words for run in earlier if run.mean_words and run.articles]
    if report.mean_words is None or report.articles < ARTICLES_FOR_WORDS or len(means) < FEWEST_RUNS:
        return
    share = report.mean_words / median(means)
    if not FEWEST_WORDS_SHARE <= share <= MOST_WORDS_SHARE:
        text = f"bodies have {report.mean_words:.0f} words on average, usually {median(means):.0f}"
        yield Finding("words", "", text)


def _quarantine(report: RunReport, earlier: Sequence[RunReport]) -> Iterator[Finding]:
    pages = sum(run.pages for run in earlier)
    quarantined = report.states.get("quarantined", 0)
    if not pages or not quarantined or not report.pages:
        return
    usual = sum(run.states.get("quarantined", 0) for run in earlier) / pages
    now_share = quarantined / report.pages
    unlikely = 1 - at_most(quarantined - 1, report.pages, max(usual, 0.02)) < UNLIKELY
    if unlikely and now_share > 2 * usual:
        text = f"{quarantined} of {report.pages} pages quarantined, usually {usual:.0%}"
        yield Finding("quarantine", "", text)


def _not_modified(report: RunReport, earlier: Sequence[RunReport]) -> Iterator[Finding]:
    """A server that suddenly answers 304 to everything, or to nothing any more.

    The share swings with the hour, so the measure is the range of the last runs and not their mean.
    """
    shares = [run.not_modified / run.requests for run in earlier if run.requests >= REQUESTS_FOR_SHARE]
    if report.requests < REQUESTS_FOR_SHARE or len(shares) < FEWEST_RUNS:
        return
    share = report.not_modified / report.requests
    if share > max(shares) + 0.4 or share < min(shares) - 0.4:
        text = f"{share:.0%} of the requests were answered with 304, usually {median(shares):.0%}"
        yield Finding("not-modified", "", text)


def at_most(count: int, of: int, chance: float) -> float:
    """The probability of at most `count` hits in `of` tries; a certain `chance` is not believed."""
    chance = min(0.98, max(0.001, chance))
    if of > 500:  # the normal distribution is near enough, and its terms do not overflow
        deviation = math.sqrt(of * chance * (1 - chance))
        return 0.5 * math.erfc(-(count + 0.5 - of * chance) / (deviation * math.sqrt(2)))
    return sum(math.comb(of, k) * chance**k * (1 - chance) ** (of - k) for k in range(count + 1))

"""An outlet's habit: how many new articles it brings at which hour of the day, and what a run costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

HOUR = timedelta(hours=1)
REQUESTS_A_NEW_ARTICLE = 1.4
"""What `every = "auto"` may spend: the article's own request, and 0.4 for the listings that showed it."""
REQUESTS_A_RUN = 5.0
"""What a run is taken to cost besides the articles, until its own history tells: robots.txt and channels."""
UNKNOWN_WAIT = timedelta(hours=1)
"""The interval while nothing is known of an outlet."""
LONGEST_WINDOW = timedelta(hours=12)
"""Articles found after a longer pause say little about the hour they appeared at."""
PRIOR_HOURS = 3.0
"""How many hours' worth of the outlet's mean rate each hour of the day starts with."""


@dataclass(frozen=True, slots=True)
class FoundArticles:
    """What one run found: `count` new articles that appeared after `since`, the run before it."""

    since: datetime
    until: datetime
    count: int
    other_requests: int | None = None
    """Requests that were for no article; None if unknown."""


@dataclass(frozen=True, slots=True)
class PublicationHabit:
    """New articles an hour, by UTC hour of the day; empty if nothing is known."""

    per_hour: tuple[float, ...] = ()
    requests_a_run: float = REQUESTS_A_RUN

    @classmethod
    def learn(cls, history: Sequence[FoundArticles]) -> PublicationHabit:
        """The habit that the runs of the last weeks show, each run's articles spread over its window."""
        found = [0.0] * 24
        watched = [0.0] * 24
        for run in history:
            if not timedelta(0) < run.until - run.since <= LONGEST_WINDOW:
                continue
            per_second = run.count / (run.until - run.since).total_seconds()
            moment = run.since
            while moment < run.until:
                end = min(run.until, next_full_hour(moment))
                seconds = (end - moment).total_seconds()
                found[moment.hour] += per_second * seconds
                watched[moment.hour] += seconds / 3600
                moment = end
        costs = [run.other_requests for run in history[-14:] if run.other_requests is not None]
        # The mean, for some runs look much further than others, and those requests are spent too.
        requests_a_run = max(1.0, fmean(costs)) if costs else REQUESTS_A_RUN
        if not sum(watched):
            return cls(requests_a_run=requests_a_run)
        mean = sum(found) / sum(watched)
        rates = (
            (count + PRIOR_HOURS * mean) / (hours + PRIOR_HOURS)
            for count, hours in zip(found, watched, strict=True)
        )
        return cls(tuple(rates), requests_a_run)

    def articles_to_run_for(self) -> float:
        """How many new articles make the other requests of a run worth their while."""
        return max(1.0, self.requests_a_run / (REQUESTS_A_NEW_ARTICLE - 1))

    def time_to_run(self, since: datetime, at_most: timedelta) -> timedelta:
        """How long after `since` so many new articles are expected to have appeared."""
        if not self.per_hour:
            return UNKNOWN_WAIT
        wanted = self.articles_to_run_for()
        moment = since
        while moment - since < at_most:
            end = next_full_hour(moment)
            rate = self.per_hour[moment.hour]
            expected = rate * ((end - moment) / HOUR)
            if expected >= wanted:
                return moment + HOUR * (wanted / rate) - since
            wanted -= expected
            moment = end
        return at_most

    def expected(self, since: datetime, until: datetime) -> float:
        """New articles that the outlet would bring between the two moments."""
        if not self.per_hour or until <= since:
            return 0.0
        days, rest = divmod(until - since, timedelta(days=1))
        total = days * sum(self.per_hour)
        moment, until = since, since + rest
        while moment < until:
            end = min(until, next_full_hour(moment))
            total += self.per_hour[moment.hour] * ((end - moment) / HOUR)
            moment = end
        return total


UNKNOWN_HABIT = PublicationHabit()


def next_full_hour(moment: datetime) -> datetime:
    """The first full hour later than `moment`."""
    return moment.replace(minute=0, second=0, microsecond=0) + HOUR

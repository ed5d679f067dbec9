"""Health: a run is measured by the outlet's own last runs, and chance is no fault."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from schedules.health import at_most, check_health, check_silence
from schedules.publication_habit import FoundArticles, PublicationHabit
from schedules.run_reports import ChannelShown, RunReport

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
USUAL_FIELDS = {"headline": 1.0, "lead": 0.95, "authors": 0.4, "images": 0.9}


def report(**changes):
    given = {
        "exit_code": 0,
        "states": {"staged": 12, "unchanged": 20, "quarantined": 0},
        "channels": (
            ChannelShown("listing:/asia/", 20, 5, False),
            ChannelShown("feed:/rss", 100, 7, False),
            ChannelShown("archive:/{day}/", 15, 0, False),
        ),
        "fields": USUAL_FIELDS,
        "articles": 12,
        "mean_words": 420.0,
        "requests": 37,
        "not_modified": 18,
    }
    return RunReport(**(given | changes))


EARLIER = [report() for _ in range(14)]


def kinds(findings):
    return [(finding.kind, finding.subject) for finding in findings]


def test_a_run_like_the_others_is_healthy():
    assert check_health(report(), EARLIER) == []


def test_nothing_is_judged_by_two_runs():
    assert check_health(report(fields={}, articles=50), EARLIER[:2]) == []


def test_a_listing_that_shows_far_fewer_links_is_told_with_what_is_usual():
    few = report(channels=(ChannelShown("listing:/asia/", 4, 0, False), *EARLIER[0].channels[1:]))
    findings = check_health(few, EARLIER)
    assert [finding.text for finding in findings] == ["listing:/asia/ shows 4 links, usually 20"]


@pytest.mark.parametrize(
    "channel",
    [
        ChannelShown("listing:/asia/", 0, 0, True),
        ChannelShown("archive:/{day}/", 0, 0, False),
        ChannelShown("sitemap:/index.xml", 0, 0, False),
        ChannelShown("listing:/new/", 0, 0, False),
        ChannelShown("listing:/asia/", 8, 0, False),
    ],
)
def test_a_channel_that_may_show_little_is_left_alone(channel):
    assert check_health(report(channels=(channel,)), EARLIER) == []


def test_a_field_that_vanished_is_found_in_one_large_run():
    findings = check_health(report(fields=USUAL_FIELDS | {"lead": 0.0}), EARLIER)
    assert [finding.text for finding in findings] == ["lead is filled in 0 of 12 articles, usually in 95%"]


def test_a_field_that_vanished_is_found_over_several_small_runs():
    small = [report(articles=2) for _ in range(14)]
    lost = report(articles=2, fields=USUAL_FIELDS | {"lead": 0.0})
    assert check_health(lost, small) == []  # two articles without a lead are no proof
    findings = check_health(lost, [lost] * 4 + small)
    assert kinds(findings) == [("field", "lead")]


def test_chance_alone_raises_no_alarm():
    chance = random.Random(5)

    def drawn(articles):
        return {
            name: sum(chance.random() < share for _ in range(articles)) / articles
            for name, share in USUAL_FIELDS.items()
        }

    runs = []
    for _ in range(3000):
        articles = chance.randint(1, 25)
        run = report(articles=articles, fields=drawn(articles))
        assert check_health(run, runs[:14]) == [], run
        runs.insert(0, run)


def test_bodies_that_become_short_or_swallow_the_page_are_found():
    assert kinds(check_health(report(mean_words=90.0), EARLIER)) == [("words", "")]
    assert kinds(check_health(report(mean_words=2000.0), EARLIER)) == [("words", "")]
    assert check_health(report(mean_words=300.0), EARLIER) == []
    assert check_health(report(mean_words=90.0, articles=2), EARLIER) == []


def test_more_quarantine_than_usual_is_found():
    states = {"staged": 12, "unchanged": 20, "quarantined": 8}
    assert kinds(check_health(report(states=states), EARLIER)) == [("quarantine", "")]
    assert check_health(report(states=states | {"quarantined": 1}), EARLIER) == []


@pytest.mark.parametrize("not_modified", [0, 37])
def test_a_server_that_answers_304_to_all_or_to_none_is_found(not_modified):
    assert kinds(check_health(report(not_modified=not_modified), EARLIER)) == [("not-modified", "")]


def test_silence_is_measured_by_the_hour_of_the_day():
    runs = [
        FoundArticles(NOON + n * HOUR, NOON + (n + 1) * HOUR, 6 if 6 <= (12 + n) % 24 < 18 else 0)
        for n in range(24 * 14)
    ]
    habit = PublicationHabit.learn(runs)
    evening = NOON.replace(hour=18)
    assert check_silence(habit, evening, 12 * HOUR, evening + 11 * HOUR) == []  # the night
    findings = check_silence(habit, evening, 12 * HOUR, evening + 24 * HOUR)
    assert kinds(findings) == [("silence", "")]
    assert findings[0].text.startswith("no new article for 1d, where about 7")
    assert check_silence(habit, None, HOUR, NOON) == []


@pytest.mark.parametrize(
    ("count", "of", "chance"), [(0, 1, 0.5), (3, 10, 0.9), (400, 500, 0.8), (480, 600, 0.8)]
)
def test_probabilities_are_those_of_the_binomial_distribution(count, of, chance):
    trials = random.Random(1)
    drawn = sum(sum(trials.random() < chance for _ in range(of)) <= count for _ in range(2000)) / 2000
    assert at_most(count, of, chance) == pytest.approx(drawn, abs=0.04)
    assert at_most(of, of, chance) == pytest.approx(1, abs=0.01)

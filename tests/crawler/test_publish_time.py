"""The rule by which one of several publication times is chosen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.date_text import Moment
from crawler.publish_time import Evidence, best_evidence, by_clock, clock_error, read_evidence, url_evidence

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://news.example/2026/11/20/a-headline/"


def evidence(raw: str, source: str = "meta") -> Evidence:
    found = read_evidence(raw, source, source)
    assert found
    return found


def chosen(
    *items: Evidence, url: str = "https://news.example/a-headline", home: tuple[ZoneInfo, ...] = ()
) -> tuple[str, str, str] | None:
    best = best_evidence(items, url, NOW, home)
    return best and (best.at.isoformat()[:19], best.precision, best.source)


def test_the_first_believable_evidence_wins() -> None:
    items = (evidence("2026-11-20T10:00:00Z", "json-ld"), evidence("2026-11-20T11:00:00Z"))
    assert chosen(*items) == ("2026-11-20T10:00:00", "second", "json-ld")


@pytest.mark.parametrize("absurd", ["2031-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-11-24T14:00:00Z"])
def test_absurd_and_future_times_are_refused(absurd: str) -> None:
    assert chosen(evidence(absurd)) is None
    assert chosen(evidence(absurd), evidence("2026-11-20T11:00:00Z", "text"))[2] == "text"  # type: ignore[index]


def test_of_local_time_that_is_ahead_of_our_clock_the_day_is_believed() -> None:
    local = evidence("2026-11-24 20:30")
    assert chosen(local) == ("2026-11-24T00:00:00", "day", "meta")
    # Another clock tells its zone, or contradicts.
    assert chosen(local, evidence("2026-11-24T11:30:00Z", "feed")) == (
        "2026-11-24T11:30:00",
        "minute",
        "meta",
    )
    assert chosen(local, evidence("2026-11-24T10:07:00Z", "feed")) == (
        "2026-11-24T10:07:00",
        "second",
        "feed",
    )
    assert chosen(evidence("2026-11-25 03:00")) is None


def test_a_clock_that_goes_a_little_ahead_is_believed() -> None:
    assert chosen(evidence((NOW + timedelta(minutes=20)).isoformat())) is not None


def test_evidence_at_odds_with_the_address_comes_last() -> None:
    edited, published = evidence("2026-11-23T10:00:00Z", "json-ld"), evidence("2026-11-20T11:00:00Z", "text")
    assert chosen(edited, published, url=URL) == ("2026-11-20T11:00:00", "second", "text")
    assert chosen(edited, url=URL) == ("2026-11-20T00:00:00", "day", "url")


def test_a_day_gives_way_to_a_time_on_it() -> None:
    assert chosen(evidence("2026-11-20"), evidence("2026-11-20 11:00 UTC", "text")) == (
        "2026-11-20T11:00:00",
        "minute",
        "text",
    )


def test_a_time_without_a_zone_says_so_or_borrows_one() -> None:
    local = evidence("2026-11-20T14:30:00", "json-ld")
    assert chosen(local) == ("2026-11-20T14:30:00", "second", "json-ld/no-zone")
    assert chosen(local, evidence("2026-11-20T05:30:00Z")) == ("2026-11-20T05:30:00", "second", "json-ld")
    # Seven minutes apart it is not the same moment.
    assert chosen(local, evidence("2026-11-20T05:37:00Z"))[2] == "json-ld/no-zone"  # type: ignore[index]


TOKYO = (ZoneInfo("Asia/Tokyo"),)
AUSTRALIA = tuple(map(ZoneInfo, ("Australia/Perth", "Australia/Sydney")))


def test_a_time_without_a_zone_is_read_by_the_clock_of_the_outlets_country() -> None:
    local = evidence("2026-11-20T14:30:00", "json-ld")
    assert chosen(local, home=TOKYO) == ("2026-11-20T05:30:00", "second", "json-ld/home-zone")
    assert chosen(local, home=AUSTRALIA)[2] == "json-ld/no-zone"  # type: ignore[index]
    # The same moment with a zone is better evidence, and so is the offset of any other time.
    assert chosen(local, evidence("2026-11-20T06:30:00Z"), home=TOKYO)[2] == "json-ld"  # type: ignore[index]
    other = evidence("2026-11-21T09:12:13+07:00")
    assert chosen(local, other, home=TOKYO) == ("2026-11-20T07:30:00", "second", "json-ld/home-zone")
    assert chosen(evidence("2026-11-24 20:30"), home=TOKYO) == (
        "2026-11-24T11:30:00",
        "minute",
        "meta/home-zone",
    )


def test_no_year_is_too_far_for_a_clock() -> None:
    west = (ZoneInfo("America/La_Paz"),)
    moment = Moment(datetime(9999, 12, 31, 23, 30, tzinfo=UTC), "minute", False)
    assert chosen(Evidence(moment, "a lie", "meta", "meta"), home=west) is None
    assert by_clock(moment, west[0]) == moment.at


def test_local_time_that_a_page_labels_utc_gives_way_to_the_true_one() -> None:
    lie, true = evidence("2026-11-20T12:30:05Z", "json-ld"), evidence("2026-11-20T04:30:05+00:00")
    assert chosen(lie, true, home=AUSTRALIA) == ("2026-11-20T04:30:05", "second", "meta")
    assert chosen(true, lie, home=AUSTRALIA) == ("2026-11-20T04:30:05", "second", "meta")
    assert chosen(lie, true, home=TOKYO) == ("2026-11-20T12:30:05", "second", "json-ld")


@pytest.mark.parametrize(
    ("others", "home", "clock"),
    [
        (["2026-11-20 01:30"], TOKYO, "UTC-04:00"),
        (["2026-11-20 05:30"], TOKYO, "UTC+09:00"),  # servers print UTC too
        (["2026-11-21T09:12:13+07:00"], (), "UTC+07:00"),
        ([], AUSTRALIA, "UTC+11:00"),
        ([], (), "None"),
    ],
)
def test_the_outlets_own_clock(others: list[str], home: tuple[ZoneInfo, ...], clock: str) -> None:
    items = [evidence("2026-11-20T05:30:00Z"), *(evidence(other, "text") for other in others)]
    best = best_evidence(items, "https://news.example/", NOW, home)
    assert best and (best.source, str(best.clock)) == ("meta", clock)


def test_countries_of_many_clocks_tell_the_day_only_where_all_show_the_same() -> None:
    best = best_evidence([evidence("2026-11-20T14:30:00Z")], "https://news.example/", NOW, AUSTRALIA)
    assert best and best.clock is None


def test_local_time_that_a_page_calls_utc_shows_by_its_distance_to_the_true_one() -> None:
    epoch, lie = evidence("1561016207", "meta"), evidence("2019-06-20T10:36:47Z")
    published = best_evidence([epoch, lie], "https://news.example/", NOW)
    assert published is not None and published.source == "epoch"
    assert clock_error(published, [epoch, lie], "meta") == timedelta(hours=3)
    assert clock_error(published, [epoch, evidence("2019-06-20T10:41:02Z")], "meta") == timedelta()


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://x.example/20230522/a-slug-1110500123.html", "2023-05-22"),
        ("https://x.example/world/201906201075975805-irans/", "2019-06-20"),
        ("https://x.example/2019/jun/20/a-slug", "2019-06-20"),
        ("https://x.example/2019/06/20/a-slug", "2019-06-20"),
        ("https://x.example/a-slug-2019-06-20/", "2019-06-20"),
        ("https://x.example/2019/0620/a", "2019-06-20"),
        ("https://x.example/news/29-10-2021", "2021-10-29"),
        ("https://x.example/news/10-11-2021", None),  # which of the two is the day?
        ("https://x.example/20191399/a", None),
        ("https://x.example/article/123456", None),
        ("https://x.example/a?date=20190620", None),
    ],
)
def test_the_day_in_an_address(url: str, day: str | None) -> None:
    found = url_evidence(url)
    assert (found.moment.at.date().isoformat() if found else None) == day

"""Arguments of `scrapy crawl NAME -a …`: read from text, and refused with the remedy in the message."""

from datetime import date

import pytest

from crawler.spider_arguments import (
    day_argument,
    limit_argument,
    origin_argument,
    refuse_future,
    refuse_unknown,
)

TODAY = date(2026, 11, 24)


def test_arguments_are_read():
    assert day_argument("since", "2026-11-01") == date(2026, 11, 1)
    assert limit_argument("12") == 12
    assert origin_argument("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"
    assert origin_argument("http://Replica:8000") == "http://replica:8000"


@pytest.mark.parametrize("text", [None, ""])
def test_what_is_not_given_is_none(text):
    assert (day_argument("until", text), limit_argument(text), origin_argument(text)) == (None, None, None)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "24.11.2026", "2026-11-24T08:00"])
def test_a_day_is_a_date(text):
    with pytest.raises(ValueError, match=r"-a until=.* is not a date; write it as 2026-11-24"):
        day_argument("until", text)


@pytest.mark.parametrize("text", ["0", "-3", "some", "1.5", "٣"])
def test_a_limit_is_a_number_from_one_up(text):
    with pytest.raises(ValueError, match="-a limit="):
        limit_argument(text)


@pytest.mark.parametrize(
    "text",
    ["replica", "ftp://host", "http://", "http://host/path", "http://host?x=1", "http://bücher.example"],
)
def test_an_origin_is_scheme_and_host(text):
    with pytest.raises(ValueError, match="-a origin="):
        origin_argument(text)


def test_an_unknown_argument_is_told_which_there_are():
    refuse_unknown([])
    with pytest.raises(ValueError, match=r"-a sinse= is no .*; there are since, until, limit, origin"):
        refuse_unknown(["sinse"])


def test_a_first_day_that_has_begun_nowhere_on_earth_is_refused():
    for begun in (None, date(2026, 11, 1), TODAY, date(2026, 11, 25)):
        refuse_future(begun, TODAY)
    with pytest.raises(ValueError, match=r"since=2026-11-26 lies in the future; today is 2026-11-24"):
        refuse_future(date(2026, 11, 26), TODAY)

"""Times as machines and people write them."""

from __future__ import annotations

import time
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.date_text import read_moment

SECOND, MINUTE, DAY = "second", "minute", "day"


@pytest.mark.parametrize(
    ("text", "language", "at", "precision", "zone_known"),
    [
        ("1561016207", None, "2019-06-20T07:36:47", SECOND, True),
        ("1561016207000", None, "2019-06-20T07:36:47", SECOND, True),
        ("2019-06-20T10:36:47Z", None, "2019-06-20T10:36:47", SECOND, True),
        ("2019-06-20T10:36", None, "2019-06-20T10:36:00", MINUTE, False),
        ("2025-12-01T10:48:27.123456+08:00", None, "2025-12-01T02:48:27", SECOND, True),
        ("2019-06-20 10:36:00 -0400", None, "2019-06-20T14:36:00", SECOND, True),
        ("20260729T1319+0800", None, "2026-07-29T05:19:00", MINUTE, True),
        ("20260729T1319", None, "2026-07-29T13:19:00", MINUTE, False),
        ("20190620", None, "2019-06-20T00:00:00", DAY, False),
        ("10:16 GMT 22.05.2023", None, "2023-05-22T10:16:00", MINUTE, True),
        ("(Updated: 10:40 GMT 22.05.2023)", None, "2023-05-22T10:40:00", MINUTE, True),
        ("Fri, 03 Apr 2026 21:57:07 +0300", None, "2026-04-03T18:57:07", SECOND, True),
        ("June 20, 2019, 7:36 am EDT", "en", "2019-06-20T11:36:00", MINUTE, True),
        ("Mon 3 May 2021 12.30 BST", "en", "2021-05-03T11:30:00", MINUTE, True),
        ("Updated - July 05, 2023 10:01 pm IST", "en", "2023-07-05T16:31:00", MINUTE, True),
        ("Thursday, June 20th 2019", "en", "2019-06-20T00:00:00", DAY, False),
        ("Published 20/06/2019 10:15", "en", "2019-06-20T10:15:00", MINUTE, False),
        ("Jan 5 2020 24:00", "en", "2020-01-06T00:00:00", MINUTE, False),
        ("20. Juni 2019, 14:30 Uhr", "de", "2019-06-20T14:30:00", MINUTE, False),
        ("Samstag, 5. Oktober 2013", None, "2013-10-05T00:00:00", DAY, False),
        ("1er juin 2021 à 14h30", "fr", "2021-06-01T14:30:00", MINUTE, False),
        ("20 de junio de 2019 a las 10:15", "es", "2019-06-20T10:15:00", MINUTE, False),
        ("13 фев 2020, 10:16", "ru", "2020-02-13T10:16:00", MINUTE, False),
        ("11 lipca 2019", "pl", "2019-07-11T00:00:00", DAY, False),
        ("2019年6月20日 10:36", "ja", "2019-06-20T10:36:00", MINUTE, False),
        ("2019年6月20日 下午3:20", "zh", "2019-06-20T15:20:00", MINUTE, False),
        ("2019년 6월 20일 오후 3:20", "ko", "2019-06-20T15:20:00", MINUTE, False),
        ("입력 2019.06.20. 15:20", "ko", "2019-06-20T15:20:00", MINUTE, False),
        ("20 มิถุนายน 2562 10:15 น.", "th", "2019-06-20T10:15:00", MINUTE, False),
        ("5 มี.ค. 67 10:15 น.", "th", "2024-03-05T10:15:00", MINUTE, False),
        ("5 มีนาคม 67", "th", "2024-03-05T00:00:00", DAY, False),
        ("5 ม.ค. 2567 | 10:15 น.", "th", "2024-01-05T10:15:00", MINUTE, False),
        ("2024. 3. 5. 15:20", "ko", "2024-03-05T15:20:00", MINUTE, False),
        ("5. 3. 2024 10:15", "cs", "2024-03-05T10:15:00", MINUTE, False),
        ("ngày 5 tháng 3 năm 2024 10:15", "vi", "2024-03-05T10:15:00", MINUTE, False),
        ("2024 оны 3-р сарын 5 10:15", "mn", "2024-03-05T10:15:00", MINUTE, False),
        ("১৬:২০, ৫ ফেব্রুয়ারি ২০২৪", "bn", "2024-02-05T16:20:00", MINUTE, False),
        ("০৫ মার্চ ২০২৪, ০২:৩০ পিএম", "bn", "2024-03-05T14:30:00", MINUTE, False),
        ("5 مارس 2024 02:30 م", "ar", "2024-03-05T14:30:00", MINUTE, False),
        ("2024-03-05 HKT 14:30", "en", "2024-03-05T06:30:00", MINUTE, True),
        ("2024-03-05T14:30:00 08:00", None, "2024-03-05T06:30:00", SECOND, True),
        ("Our CorrespondentMar 05, 2024", "en", "2024-03-05T00:00:00", DAY, False),
        ("05-Mar-24 14:30", "en", "2024-03-05T14:30:00", MINUTE, False),
        ("5 दिसम्बर 2024", "hi", "2024-12-05T00:00:00", DAY, False),
        ("05\u200f/03\u200f/2024", "ar", "2024-03-05T00:00:00", DAY, False),
        ("5 במרץ 2024", "he", "2024-03-05T00:00:00", DAY, False),
        (unicodedata.normalize("NFD", "5 août 2024"), "fr", "2024-08-05T00:00:00", DAY, False),
        ("令和6年3月5日 10:15", "ja", "2024-03-05T10:15:00", MINUTE, False),
        ("令和元年5月1日", "ja", "2019-05-01T00:00:00", DAY, False),
        ("中華民國113年3月5日 下午3:20", "zh", "2024-03-05T15:20:00", MINUTE, False),
        ("民國 113-03-05", "zh", "2024-03-05T00:00:00", DAY, False),
        ("Wednesday, September 4, 2019 at 10:15 PM PHT", "en", "2019-09-04T14:15:00", MINUTE, True),
        ("Publié le 20 juin 2019 à 10:15 et modifié à 11:00", "fr", "2019-06-20T10:15:00", MINUTE, False),
        ("20 июня 2019, 10:15 МСК", "ru", "2019-06-20T07:15:00", MINUTE, True),
        ("2019.06.20 PM 03:20", "ko", "2019-06-20T15:20:00", MINUTE, False),
        (
            "By Li Wei Wednesday, September 4, 2019 at 9:05 a.m. EDT",
            "en",
            "2019-09-04T13:05:00",
            MINUTE,
            True,
        ),
        (
            "Published: 06:30, 4 May 2019 | Updated: 10:30, 5 May 2019",
            "en",
            "2019-05-04T06:30:00",
            MINUTE,
            False,
        ),
        ("Published 4 May 2019 | Updated 10:30, 5 May 2019", "en", "2019-05-04T00:00:00", DAY, False),
        ("20 មិថុនា 2019 10:15", "km", "2019-06-20T10:15:00", MINUTE, False),
        ("12 ديسمبر 2020", "ar", "2020-12-12T00:00:00", DAY, False),
        ("२० जून २०१९", "hi", "2019-06-20T00:00:00", DAY, False),
    ],
)
def test_a_time_is_read_to_the_precision_that_it_has(
    text: str, language: str | None, at: str, precision: str, zone_known: bool
) -> None:
    moment = read_moment(text, language=language)
    assert moment == (datetime.fromisoformat(at).replace(tzinfo=UTC), precision, zone_known)


@pytest.mark.parametrize(
    "text",
    ["", "2 hours ago", "yesterday", "2021-02-31", "0001-01-01T00:00:00Z", "99999999999999", "call 555 1234"],
)
def test_what_names_no_time_gives_none(text: str) -> None:
    assert read_moment(text, language="en") is None


def test_a_time_without_a_zone_is_read_in_the_outlets() -> None:
    moment = read_moment("20 June 2019 10:36", zone=ZoneInfo("Asia/Seoul"), language="en")
    assert moment == (datetime(2019, 6, 20, 1, 36, tzinfo=UTC), MINUTE, True)


def test_slashes_are_month_first_only_where_the_outlet_says_so() -> None:
    assert read_moment("03/04/2025") == (datetime(2025, 4, 3, tzinfo=UTC), DAY, False)
    assert read_moment("03/04/2025", month_first=True) == (datetime(2025, 3, 4, tzinfo=UTC), DAY, False)
    assert read_moment("03.04.2025", month_first=True) == (datetime(2025, 4, 3, tzinfo=UTC), DAY, False)


@given(st.text(max_size=300), st.sampled_from(["en", "ru", "th", "xx", None]))
def test_no_text_makes_the_reader_fail(text: str, language: str | None) -> None:
    moment = read_moment(text, language=language)
    assert moment is None or moment.at.tzinfo is UTC


@pytest.mark.parametrize("piece", ["1", "1 ", "12:", "2019-", " June ", "12 June ", ":.:", "年1月", "+0"])
def test_a_long_text_takes_no_longer_than_a_short_one(piece: str) -> None:
    started = time.process_time()
    read_moment(piece * 100_000, language="en")
    assert time.process_time() - started < 0.5

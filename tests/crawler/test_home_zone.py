"""Which country's clock an outlet keeps."""

from __future__ import annotations

import pytest

from crawler.home_zone import home_zones


@pytest.mark.parametrize(
    ("url", "language", "zones"),
    [
        ("https://news.example.jp/a", "en", ["Asia/Tokyo"]),
        ("https://news.example.co.uk/a", None, ["Europe/London"]),
        ("https://news.example.id/a", None, ["Asia/Jakarta"]),
        ("https://news.example.com/a", "zh-Hant-TW", ["Asia/Taipei"]),
        ("https://news.example.com/a", "zh-Hans", ["Asia/Shanghai"]),
        ("https://news.example.io/a", "en-IN", ["Asia/Kolkata"]),
        ("https://news.example.com/a", "ko", ["Asia/Seoul"]),
        ("https://news.example.com/a", "en-GB", []),  # what software writes where nobody chose
        ("https://news.example.com/a", "es", []),
        ("https://news.example.asia/a", None, []),
        ("http://192.0.2.7/a", None, []),
        ("https://news.example.zz/a", "en", []),
    ],
)
def test_the_zones_of_the_outlets_country(url: str, language: str | None, zones: list[str]) -> None:
    assert list(map(str, home_zones(url, language))) == zones


def test_a_large_country_has_several() -> None:
    assert len(home_zones("https://news.example.au/", "en")) > 3

"""Settings that come as text: what is no number is refused by its name, before a crawl begins."""

from __future__ import annotations

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler import settings as ours
from pipelines.run_settings import optional_number, refuse_no_numbers


def given(**texts: str) -> Settings:
    settings = Settings()
    settings.setmodule(ours)
    settings.update(texts, priority="cmdline")
    return settings


@pytest.mark.parametrize(
    ("name", "text"), [("DOWNLOAD_TIMEOUT", "abc"), ("MIN_FREE_BYTES", "1.5"), ("BACK_OFF", "")]
)
def test_what_is_no_number_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"-s {name}={text} is no "):
        refuse_no_numbers(given(**{name: text}), vars(ours))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DOWNLOAD_TIMEOUT", "2.5"),
        ("MIN_FREE_BYTES", "0"),
        ("RAW_RETENTION_DAYS", "None"),
        ("LOG_LEVEL", "INFO"),
    ],
)
def test_what_is_right_passes(name: str, text: str) -> None:
    refuse_no_numbers(given(**{name: text}), vars(ours))


def test_a_limit_may_be_none() -> None:
    settings = given(RAW_RETENTION_DAYS="None", RAW_RETENTION_BYTES="many")
    assert optional_number(settings, "RAW_RETENTION_DAYS") is None
    with pytest.raises(UsageError, match="RAW_RETENTION_BYTES=many"):
        optional_number(settings, "RAW_RETENTION_BYTES")

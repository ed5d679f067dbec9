"""The outlet that a command's user named."""

from __future__ import annotations

import pytest
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.project import get_project_settings

from crawler.commands.outlet_argument import outlet_class


def test_an_outlet_is_found_by_its_name_and_another_name_is_refused() -> None:
    loader = get_spider_loader(get_project_settings())
    assert outlet_class(loader, "sputnik").site == "https://sputnikglobe.com"
    with pytest.raises(UsageError, match=r"no outlet 'sputnik_globe'; `scrapy list` shows them"):
        outlet_class(loader, "sputnik_globe")

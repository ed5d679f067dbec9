"""What `scrapy query` prints."""

import pytest

from crawler.commands.query import harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(1)", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["a = b", "", None, -5, -1.5, ["=1"]])
def test_all_else_is_printed_as_it_is(cell):
    assert harmless(cell) is cell

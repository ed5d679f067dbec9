"""scrapy reparse: rows follow the parser, and nothing looks like the outlet's edit."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler import article_page
from crawler.commands import reparsing
from crawler.commands.reparse import Findings, Reparse
from crawler.items import Article
from crawler.page import Page
from pipelines.storage.ledger import Ledger, LinkState
from pipelines.storage.raw_archive import RawPage, read_raw
from tests.end_to_end.crawling import scrapy, stored_rows


class Here(Executor):
    """Does the work at once in this process, where a test can put another parser."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(function(*args, **kwargs))
        return done


def reparse(data_dir: Path, *, is_dry_run: bool = False) -> Findings:
    with Ledger.open(data_dir / "state" / "ledger.sqlite") as ledger:
        return Reparse("sputnik", data_dir, ledger, None, is_dry_run, Here()).run()


@pytest.fixture
def newer_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that is one further, and reads headlines otherwise."""

    def shouting(article: Article) -> Article:
        article = real_normalize(article)
        article.headline = article.headline.upper()
        return article

    real_normalize = reparsing.normalize
    monkeypatch.setattr(reparsing, "normalize", shouting)
    monkeypatch.setattr(article_page, "PARSER", article_page.PARSER + 1)


def test_the_same_parser_changes_nothing(data_dir: Path) -> None:
    before = {path: path.read_bytes() for path in data_dir.rglob("*.parquet")}
    result = scrapy(data_dir, "reparse")
    assert result.returncode == 0, result.stderr + result.stdout
    assert "0 read otherwise" in " ".join(result.stdout.split())
    assert {path: path.read_bytes() for path in data_dir.rglob("*.parquet")} == before


@pytest.mark.usefixtures("newer_parser")
def test_a_newer_parser_is_marked_as_such_and_makes_no_revision(data_dir: Path) -> None:
    before = stored_rows(data_dir)
    findings = reparse(data_dir)
    after = stored_rows(data_dir)
    assert findings.changed == findings.rows == len(before) == len(after)
    assert set(findings.fields) == {"headline", "extractor"}
    for article_id, row in after.items():
        old = before[article_id]
        assert row["headline"] == old["headline"].upper()
        kind, _, number = old["extractor"].partition("/")
        assert row["extractor"] == f"{kind}/{int(number) + 1}"
        assert {name: row[name] for name in reparsing.KEPT} == {name: old[name] for name in reparsing.KEPT}
    assert not list(data_dir.glob("revisions/**/*.parquet"))
    assert reparse(data_dir).changed == 0


@pytest.mark.usefixtures("newer_parser")
def test_the_ledger_compares_with_the_new_text_from_then_on(data_dir: Path) -> None:
    hashes = content_hashes(data_dir)
    reparse(data_dir)
    changed = content_hashes(data_dir)
    assert changed.keys() == hashes.keys()
    assert all(changed[key] != hashes[key] for key in hashes)


@pytest.mark.usefixtures("newer_parser")
def test_a_reparse_that_was_killed_makes_the_next_run_rebuild(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crawler.commands.reparse.rebuild_ledger", killed)
    with pytest.raises(KeyboardInterrupt):
        reparse(data_dir)
    with Ledger.open(data_dir / "state" / "ledger.sqlite") as ledger:
        assert ledger.rebuilt_at("sputnik") is None


@pytest.mark.usefixtures("newer_parser")
def test_a_dry_run_writes_nothing(data_dir: Path) -> None:
    before = {
        path: path.read_bytes()
        for path in data_dir.rglob("*")
        if path.is_file() and "state" not in path.parts
    }
    findings = reparse(data_dir, is_dry_run=True)
    assert findings.changed == findings.rows > 10
    assert {path: path.read_bytes() for path in before} == before


def test_a_page_that_is_no_longer_accepted_keeps_its_row(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored_rows(data_dir)
    monkeypatch.setattr(reparsing, "defect", lambda article, now: "no-headline")
    findings = reparse(data_dir)
    assert findings.refused == findings.problems["no-headline"] == len(before)
    assert stored_rows(data_dir) == before


def test_a_page_that_retention_dropped_keeps_its_row(data_dir: Path) -> None:
    before = stored_rows(data_dir)
    shutil.rmtree(data_dir / "raw")
    findings = reparse(data_dir)
    assert (findings.problems["page-missing"], findings.refused) == (len(before), 0)
    assert stored_rows(data_dir) == before


def test_a_quarantined_page_becomes_an_article_once_the_parser_accepts_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(data_dir / "state" / "ledger.sqlite") as ledger:
        [quarantined] = ledger.quarantined("sputnik")
    assert reparse(data_dir).released == 0
    before = stored_rows(data_dir)

    some_row = next(iter(before.values()))
    full = read_raw(data_dir, some_row["raw_file"], some_row["raw_offset"])

    def with_text(raw: RawPage) -> Page:
        is_empty = raw.url == quarantined.url
        return real_page(replace(full, url=raw.url, fetched_at=raw.fetched_at) if is_empty else raw)

    real_page = reparsing.page_of_raw
    monkeypatch.setattr(reparsing, "page_of_raw", with_text)
    assert reparse(data_dir).released == 1
    after = stored_rows(data_dir)
    [new] = after.keys() - before.keys()
    assert (after[new]["raw_file"], after[new]["raw_offset"]) == (
        quarantined.raw_file,
        quarantined.raw_offset,
    )
    assert after[new]["run_id"] in {row["run_id"] for row in before.values()}
    with Ledger.open(data_dir / "state" / "ledger.sqlite") as ledger:
        link = ledger.link(quarantined.key)
        assert link is not None
        assert (link.state, ledger.quarantined("sputnik")) == (LinkState.STORED, [])
    assert reparse(data_dir).released == 0


def test_an_outlet_that_is_none_of_ours_is_named(data_dir: Path) -> None:
    result = scrapy(data_dir, "reparse", "--outlet", "nobody")
    assert result.returncode == 2
    assert "no outlet 'nobody'" in result.stderr + result.stdout


def content_hashes(data_dir: Path) -> dict[bytes, bytes]:
    with closing(sqlite3.connect(data_dir / "state" / "ledger.sqlite")) as connection:
        return dict(connection.execute("SELECT key, content_hash FROM links WHERE month IS NOT NULL"))

"""The merge: latest versions and earlier ones, whatever the order and however often."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.storage.content_hash import content_hash
from pipelines.storage.merge import ids_are_unique, merge, merge_revisions
from pipelines.storage.schema import ARTICLE_SCHEMA
from tests.pipelines.storage.tables_of_rows import table, version, versions

NOTHING = ARTICLE_SCHEMA.empty_table()


def _identities(rows: pa.Table) -> set[tuple[str, int, bytes]]:
    return {(row["article_id"], row["revision"], content_hash(row)) for row in rows.to_pylist()}


def test_new_articles_are_added_in_the_order_of_publication() -> None:
    merged = merge(table(version(5), version(1)), table(version(3)))
    assert merged.articles["article_id"].to_pylist() == ["demo_times:1", "demo_times:3", "demo_times:5"]
    assert merged.superseded.num_rows == 0


def test_a_newer_revision_replaces_and_the_old_one_is_kept_apart() -> None:
    old, new = version(1, 0, text="old"), version(1, 1, text="new")
    merged = merge(table(version(2), old), table(new))
    assert merged.articles.equals(table(new, version(2)))
    assert merged.superseded.equals(table(old))


def test_the_same_version_again_is_no_revision() -> None:
    again = version(1, at=2, run_id="r2")
    merged = merge(table(version(1, at=1, run_id="r1")), table(again))
    assert merged.articles.equals(table(again))
    assert merged.superseded.num_rows == 0


def test_a_clash_of_numbers_after_a_ledger_was_lost_loses_neither_text() -> None:
    early, late = version(1, 1, at=1, text="early"), version(1, 1, at=2, text="late")
    merged = merge(table(late), table(early))
    assert merged.articles.equals(table(late))
    assert merged.superseded.equals(table(early))


def test_earlier_versions_are_each_kept_once_beside_those_kept_before() -> None:
    first, second = version(1, 0, text="a"), version(1, 1, text="b")
    once = merge_revisions(NOTHING, table(second, first))
    assert once.equals(table(first, second))
    assert merge_revisions(once, table(first)).equals(once)


def test_nothing_moves_when_nothing_is_new() -> None:
    existing = table(version(1), version(2))
    assert merge(existing, NOTHING).articles.equals(existing)
    assert merge(NOTHING, NOTHING).articles.schema.equals(ARTICLE_SCHEMA, check_metadata=True)


@settings(deadline=None, max_examples=60)
@given(versions, st.randoms(use_true_random=False))
def test_merge_depends_neither_on_order_nor_on_sides_nor_on_repetition(rows: list, random: object) -> None:
    expected = merge(NOTHING, table(*rows))
    shuffled = rows + rows[: len(rows) // 2]
    random.shuffle(shuffled)
    cut = random.randint(0, len(shuffled))
    merged = merge(table(*shuffled[:cut]), table(*shuffled[cut:]))
    assert merged.articles.equals(expected.articles)
    assert merged.superseded.equals(expected.superseded)
    again = merge(merged.articles, table(*rows))
    assert again.articles.equals(expected.articles)


@settings(deadline=None, max_examples=60)
@given(versions, versions)
def test_no_version_is_lost_and_each_article_has_its_highest_revision(old: list, new: list) -> None:
    merged = merge(table(*old), table(*new))
    assert ids_are_unique(merged.articles)
    assert _identities(merged.articles) | _identities(merged.superseded) == _identities(table(*old, *new))
    assert not _identities(merged.articles) & _identities(merged.superseded)
    highest: dict[str, int] = {}
    for row in old + new:
        highest[row["article_id"]] = max(row["revision"], highest.get(row["article_id"], 0))
    assert {row["article_id"]: row["revision"] for row in merged.articles.to_pylist()} == highest


@settings(deadline=None, max_examples=60)
@given(st.lists(versions, min_size=1, max_size=4))
def test_publishing_in_steps_keeps_what_publishing_at_once_keeps(steps: list) -> None:
    articles = revisions = NOTHING
    for rows in steps:
        merged = merge(articles, table(*rows))
        revisions = merge_revisions(revisions, merged.superseded)
        articles = merged.articles
    everything = [row for rows in steps for row in rows]
    at_once = merge(NOTHING, table(*everything))
    assert articles.equals(at_once.articles)
    assert _identities(revisions) >= _identities(at_once.superseded)
    assert _identities(revisions) | _identities(articles) == _identities(table(*everything))

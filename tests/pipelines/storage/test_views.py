from datetime import timedelta

from pipelines.storage.clusters import Text, clusters_of, write_clusters
from pipelines.storage.views import connect
from tests.pipelines.storage.samples import NOON
from tests.pipelines.storage.stored import edited, store
from tests.pipelines.storage.tables_of_rows import version
from tests.pipelines.storage.test_sketches import story


def test_every_view_is_there_before_anything_is_stored(tmp_path):
    connection = connect(tmp_path)
    for view in ("articles", "revisions", "changes", "clusters"):
        assert connection.sql(f"SELECT count(*) FROM {view}").fetchall() == [(0,)]


def test_changes_has_a_row_for_each_edit(tmp_path):
    edited(tmp_path)
    steps = connect(tmp_path).sql(
        "SELECT article_id, from_revision, to_revision, from_seen_at, to_seen_at, headline_changed, "
        "characters_added, characters_removed, parser_changed FROM changes ORDER BY to_revision"
    )
    hours = [NOON + timedelta(hours=at) for at in (0, 2, 5)]
    assert steps.fetchall() == [
        ("demo_times:1", 0, 1, hours[0], hours[1], False, 4, 3, False),
        ("demo_times:1", 1, 2, hours[1], hours[2], True, len("Anotherline."), 0, False),
    ]


def test_a_version_that_lies_in_both_files_counts_once(tmp_path):
    store(
        tmp_path,
        articles=[version(1, 1, at=1, text="new")],
        revisions=[version(1), version(1, 1, at=1, text="new")],
    )
    assert connect(tmp_path).sql("SELECT from_revision, to_revision FROM changes").fetchall() == [(0, 1)]


def test_what_another_parser_read_is_marked(tmp_path):
    store(
        tmp_path,
        articles=[version(1, 1, at=1, text="new", extractor="rules/2")],
        revisions=[version(1, extractor="rules/1")],
    )
    assert connect(tmp_path).sql("SELECT parser_changed FROM changes").fetchall() == [(True,)]


def test_clusters_are_those_computed_last(tmp_path):
    texts = [Text(f"{outlet}:1", outlet, NOON, story(99)) for outlet in ("herald", "tribune")]
    write_clusters(tmp_path, clusters_of(texts, 30))
    found = connect(tmp_path).sql("SELECT cluster, article_id, size FROM clusters ORDER BY ALL").fetchall()
    assert found == [("herald:1", "herald:1", 2), ("herald:1", "tribune:1", 2)]

from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from pipelines.storage import clusters
from pipelines.storage.clusters import CLUSTER_SCHEMA, Text, clusters_of, clusters_path, write_clusters
from tests.pipelines.storage.test_sketches import story

START = datetime(2026, 3, 1, tzinfo=UTC)


def text(name, words, day=0.0):
    return Text(name, name.partition(":")[0], START + timedelta(days=day), words)


def rows(texts, days=30):
    return [
        (row["cluster"], row["article_id"], row["size"])
        for row in clusters_of(sorted(texts, key=lambda one: one.published_at), days).to_pylist()
    ]


def test_copies_over_outlets_make_a_cluster_named_for_the_earliest():
    texts = [
        text("herald:1", story(200, 1), 1),
        text("tribune:1", story(200, 1) + " Tribune staff.", 2),
        text("gazette:1", story(200, 1)[:700], 0),
        text("herald:2", story(200, 2), 1),
    ]
    assert rows(texts) == [
        ("gazette:1", "gazette:1", 3),
        ("gazette:1", "herald:1", 3),
        ("gazette:1", "tribune:1", 3),
    ]


def test_the_first_of_a_cluster_has_no_similarity_and_the_others_their_best():
    table = clusters_of(
        [text("a:1", story(200)), text("b:1", story(200), 1), text("c:1", story(200)[:600], 2)], 30
    )
    first, second, third = table["similarity"].to_pylist()
    assert (first, second) == (None, 1.0)
    assert 0.9 < third <= 1


def test_a_cluster_may_be_longer_than_the_window_link_by_link():
    texts = [text(f"a:{number}", story(200), 20 * number) for number in range(4)]
    assert {(cluster, size) for cluster, _, size in rows(texts)} == {("a:0", 4)}
    assert rows(texts, days=10) == []


def test_the_window_moves_on_without_losing_what_is_in_it(monkeypatch):
    monkeypatch.setattr(clusters, "_FEWEST_DROPPED", 10)
    texts = [text(f"a:{number}", story(60, number), number) for number in range(100)]
    texts += [text(f"b:{number}", story(60, number), number + 5) for number in range(100)]
    found = rows(texts, days=7)
    assert len(found) == 200
    assert {size for _, _, size in found} == {2}


def test_the_file_is_replaced_whole(tmp_path):
    write_clusters(tmp_path, CLUSTER_SCHEMA.empty_table())
    write_clusters(tmp_path, clusters_of([text("a:1", story(99)), text("b:1", story(99))], 30))
    assert pq.read_table(clusters_path(tmp_path)).num_rows == 2
    assert [path.name for path in clusters_path(tmp_path).parent.iterdir()] == ["clusters.parquet"]


@pytest.mark.parametrize(
    "texts", [[], [text("a:1", "")], [text("a:1", story(200)), text("a:2", story(200, 5))]]
)
def test_without_copies_there_are_no_clusters(texts):
    assert clusters_of(texts, 30).equals(CLUSTER_SCHEMA.empty_table())

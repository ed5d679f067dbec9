"""Clusters: which articles of the whole dataset are near-duplicates of each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.canonical_url import article_key
from pipelines.storage.durable import make_folders
from pipelines.storage.layout import DataPath
from pipelines.storage.near_duplicates import Arrival, Entry, NearDuplicateIndex
from pipelines.storage.s3 import S3Path
from pipelines.storage.sketches import Sketch, sketch_of

CLUSTER_SCHEMA = pa.schema(
    [
        pa.field("cluster", pa.string(), nullable=False),
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("outlet", pa.string(), nullable=False),
        pa.field("published_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("similarity", pa.float32()),
        pa.field("size", pa.int32(), nullable=False),
    ]
)
"""`cluster` is its earliest article's id; `similarity` the highest to an earlier one, null for the first."""

_FEWEST_DROPPED = 4096
"""The index is not made anew for fewer articles that have left the window."""


class Text(NamedTuple):
    """What of an article its clusters are made from."""

    article_id: str
    outlet: str
    published_at: datetime
    text: str


def clusters_path(data_dir: DataPath) -> DataPath:
    """Where the clusters lie: one file, which may be computed anew at any time."""
    return data_dir / "clusters" / "clusters.parquet"


def write_clusters(data_dir: DataPath, clusters: pa.Table) -> None:
    """Replace the file by these clusters; readers find the old ones or the new ones."""
    path = clusters_path(data_dir)
    if isinstance(path, S3Path):
        sink = pa.BufferOutputStream()
        pq.write_table(clusters, sink, compression="zstd")
        path.write(sink.getvalue())
        return
    make_folders(path.parent)
    temporary = path.with_name(f".{path.name}.tmp")
    pq.write_table(clusters, temporary, compression="zstd")
    temporary.replace(path)


def clusters_of(texts: Iterable[Text], days: int) -> pa.Table:
    """The clusters of texts that come in the order of their publication.

    Texts are compared as in the crawl, within so many days; a cluster may be longer than that, link by link.
    Memory holds one window, whatever the length of the whole.
    """
    window = _Window(days * 86400)
    members = _Members()
    for text in texts:
        for earlier, similarity in window.add(text):
            members.join(earlier, text, similarity)
    return pa.Table.from_pylist(members.rows(), CLUSTER_SCHEMA)


@dataclass(slots=True)
class _Live:
    number: int
    entry: Entry


class _Window:
    """The articles of the last days, in an index that is made anew when most of it is older."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._live: deque[_Live] = deque()
        self._texts: dict[int, Text] = {}
        self._sketches: dict[int, Sketch] = {}
        self._index = NearDuplicateIndex(self._sketches.get, seconds)

    def add(self, text: Text) -> list[tuple[Text, float]]:
        """The near-duplicates among the articles before, each with its similarity."""
        published_at = int(text.published_at.timestamp())
        self._drop_before(published_at - self._seconds)
        arrival = Arrival(article_key(text.article_id), text.outlet, published_at, sketch_of(text.text))
        [taken] = self._index.take_in([arrival])
        lines = None if taken.matches else arrival.sketch.lines
        entry = Entry(arrival.key, text.outlet, published_at, taken.prints, lines)
        self._live.append(_Live(taken.number, entry))
        self._sketches[taken.number] = arrival.sketch
        self._texts[taken.number] = text._replace(text="")
        return [(self._texts[match.number], match.similarity) for match in taken.matches]

    def _drop_before(self, published_at: int) -> None:
        while self._live and self._live[0].entry.published_at < published_at:
            old = self._live.popleft()
            del self._sketches[old.number], self._texts[old.number]
        if len(self._index) > max(_FEWEST_DROPPED, 2 * len(self._live)):
            first = self._live[0].number if self._live else 0
            self._index = NearDuplicateIndex(self._sketches.get, self._seconds, first)
            self._index.add_all([live.entry for live in self._live])


class _Members:
    """Articles joined to clusters; each cluster goes by its earliest article."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._texts: dict[str, Text] = {}
        self._similarity: dict[str, float] = {}

    def join(self, earlier: Text, later: Text, similarity: float) -> None:
        """Put two near-duplicates into one cluster."""
        for text in (earlier, later):
            self._parent.setdefault(text.article_id, text.article_id)
            self._texts.setdefault(text.article_id, text)
        best = self._similarity.get(later.article_id, 0.0)
        self._similarity[later.article_id] = max(best, similarity)
        roots = {self._root(earlier.article_id), self._root(later.article_id)}
        first = min(roots, key=self._age)
        for root in roots - {first}:
            self._parent[root] = first

    def rows(self) -> list[dict[str, Any]]:
        """A row for each member, cluster by cluster in the order of publication."""
        members: dict[str, list[str]] = {}
        for article_id in sorted(self._parent, key=self._age):
            members.setdefault(self._root(article_id), []).append(article_id)
        return [
            {
                "cluster": cluster,
                "article_id": article_id,
                "outlet": self._texts[article_id].outlet,
                "published_at": self._texts[article_id].published_at,
                "similarity": self._similarity.get(article_id),
                "size": len(article_ids),
            }
            for cluster, article_ids in members.items()
            for article_id in article_ids
        ]

    def _age(self, article_id: str) -> tuple[datetime, str]:
        return self._texts[article_id].published_at, article_id

    def _root(self, article_id: str) -> str:
        while self._parent[article_id] != article_id:
            self._parent[article_id] = self._parent[self._parent[article_id]]
            article_id = self._parent[article_id]
        return article_id

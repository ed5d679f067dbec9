"""The dataset as SQL views for DuckDB, wherever the data folder lies."""

from __future__ import annotations

from glob import escape
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.changes import changed_characters
from pipelines.storage.clusters import CLUSTER_SCHEMA, clusters_path
from pipelines.storage.schema import ARTICLE_SCHEMA

_DATASETS = {"articles": "articles.parquet", "revisions": "revisions.parquet"}

_CHARACTERS = "STRUCT(added BIGINT, removed BIGINT)"

# A version may lie in both datasets for the time between two files' replacement.
_CHANGES = """
CREATE VIEW changes AS
WITH versions AS (
    SELECT *, concat_ws(chr(10) || chr(10), lead, body) AS words
    FROM (SELECT * FROM articles UNION ALL BY NAME SELECT * FROM revisions)
    QUALIFY row_number() OVER (PARTITION BY article_id, revision ORDER BY fetched_at DESC) = 1
), steps AS (
    SELECT
        *,
        lag(revision) OVER step AS from_revision,
        lag(fetched_at) OVER step AS from_seen_at,
        lag(headline) OVER step AS from_headline,
        lag(words) OVER step AS from_words,
        lag(extractor) OVER step AS from_extractor
    FROM versions
    WINDOW step AS (PARTITION BY article_id ORDER BY revision)
), measured AS (
    SELECT *, changed_characters(from_words, words) AS characters
    FROM steps
    WHERE from_revision IS NOT NULL
)
SELECT
    article_id,
    outlet,
    url,
    from_revision,
    revision AS to_revision,
    from_seen_at,
    fetched_at AS to_seen_at,
    from_headline,
    headline AS to_headline,
    from_headline IS DISTINCT FROM headline AS headline_changed,
    characters.added AS characters_added,
    characters.removed AS characters_removed,
    -- Read by different parsers: what differs may be our reading, and not the outlet's edit.
    from_extractor IS DISTINCT FROM extractor AS parser_changed
FROM measured
"""


def connect(data_dir: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the views of the dataset, empty where nothing is stored yet.

    `articles` and `revisions` are the files; `changes` has a row for each edit, from one revision to the
    next; `clusters` is what `scrapy clusters --rebuild` computed last.
    """
    connection = duckdb.connect()
    # Times are UTC in the files; DuckDB would show them in the machine's zone.
    connection.execute("SET TimeZone = 'UTC'")
    for name, file in _DATASETS.items():
        if any((data_dir / name).glob(f"outlet=*/month=*/{file}")):
            folder = escape(str(data_dir / name)).replace("'", "''")
            pattern = f"{folder}/outlet=*/month=*/{file}"
            # S608: the pattern is our own path, quoted; a view takes no parameters.
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{pattern}', "  # noqa: S608
                "union_by_name = true, hive_partitioning = true, "
                "hive_types = {'outlet': VARCHAR, 'month': VARCHAR})"
            )
        else:
            schema = ARTICLE_SCHEMA.append(pa.field("month", pa.string())).append(
                pa.field("outlet", pa.string())
            )
            connection.register(name, schema.empty_table())
    connection.create_function("changed_characters", _changed, ["VARCHAR", "VARCHAR"], _CHARACTERS)
    connection.execute(_CHANGES)
    path = clusters_path(data_dir)
    clusters = pq.read_table(path) if path.exists() else CLUSTER_SCHEMA.empty_table()
    connection.register("clusters", clusters)
    return connection


def _changed(before: str, after: str) -> dict[str, int]:
    added, removed = changed_characters(before, after)
    return {"added": added, "removed": removed}

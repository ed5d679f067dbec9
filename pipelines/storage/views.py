"""The dataset as SQL views for DuckDB, wherever the data folder lies."""

from __future__ import annotations

from glob import escape
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipelines.storage.changes import changed_characters
from pipelines.storage.clusters import CLUSTER_SCHEMA, clusters_path
from pipelines.storage.layout import DataPath, name_within
from pipelines.storage.partitions import PARTITION_NAME
from pipelines.storage.s3 import S3Path
from pipelines.storage.schema import ARTICLE_SCHEMA

_VIEW_SCHEMA = ARTICLE_SCHEMA.append(pa.field("month", pa.string())).append(pa.field("outlet", pa.string()))
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


def connect(data_dir: DataPath) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the views of the dataset, empty where nothing is stored yet.

    `articles` and `revisions` are the files; `changes` has a row for each edit, from one revision to the
    next; `clusters` is what `scrapy clusters --rebuild` computed last.
    """
    connection = duckdb.connect()
    # Times are UTC in the files; DuckDB would show them in the machine's zone.
    connection.execute("SET TimeZone = 'UTC'")
    for name, file in _DATASETS.items():
        if isinstance(data_dir, S3Path):
            connection.register(name, _dataset_in_bucket(data_dir / name))
        elif any((data_dir / name).glob(f"outlet=*/month=*/{file}")):
            folder = escape(str(data_dir / name)).replace("'", "''")
            pattern = f"{folder}/outlet=*/month=*/{file}"
            # S608: the pattern is our own path, quoted; a view takes no parameters.
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{pattern}', "  # noqa: S608
                "union_by_name = true, hive_partitioning = true, "
                "hive_types = {'outlet': VARCHAR, 'month': VARCHAR})"
            )
        else:
            connection.register(name, _VIEW_SCHEMA.empty_table())
    connection.create_function("changed_characters", _changed, ["VARCHAR", "VARCHAR"], _CHARACTERS)
    connection.execute(_CHANGES)
    connection.register("clusters", _clusters(clusters_path(data_dir)))
    return connection


def _dataset_in_bucket(folder: S3Path) -> ds.Dataset:
    """The partitions as one table that reads what a query needs; DuckDB's own S3 is a download."""
    form = ds.ParquetFileFormat()
    fragments = []
    for found in folder.listed():
        if match := PARTITION_NAME.fullmatch(name_within(folder, found.path)):
            is_there = (ds.field("outlet") == match[1]) & (ds.field("month") == f"{match[2]}-{match[3]}")
            fragments.append(form.make_fragment(found.open(), partition_expression=is_there))
    return ds.FileSystemDataset(fragments, _VIEW_SCHEMA, form)


def _clusters(path: DataPath) -> pa.Table:
    if not path.exists():
        return CLUSTER_SCHEMA.empty_table()
    return pq.read_table(path if isinstance(path, Path) else pa.BufferReader(path.read_bytes()))


def _changed(before: str, after: str) -> dict[str, int]:
    added, removed = changed_characters(before, after)
    return {"added": added, "removed": removed}

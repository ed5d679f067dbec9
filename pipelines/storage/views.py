"""The dataset as SQL views for DuckDB, wherever the data folder lies."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.storage.schema import ARTICLE_SCHEMA

_DATASETS = {"articles": "articles.parquet", "revisions": "revisions.parquet"}


def connect(data_dir: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the views `articles` and `revisions`, empty where nothing is stored yet."""
    connection = duckdb.connect()
    # Times are UTC in the files; DuckDB would show them in the machine's zone.
    connection.execute("SET TimeZone = 'UTC'")
    for name, file in _DATASETS.items():
        if any((data_dir / name).glob(f"outlet=*/month=*/{file}")):
            pattern = str(data_dir / name / "outlet=*" / "month=*" / file).replace("'", "''")
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
    return connection

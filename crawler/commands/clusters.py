"""scrapy clusters: near-duplicates over the whole dataset, computed anew or shown."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Console
from rich.table import Table
from rich.text import Text as Shown
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.ledger_access import existing_data_folder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipelines.storage.clusters import Text

_TEXTS = """
SELECT article_id, outlet, published_at, concat_ws(chr(10) || chr(10), lead, body)
FROM articles ORDER BY published_at, article_id
"""
_LARGEST = """
SELECT any_value(size) AS size, count(DISTINCT outlet) AS outlets, min(published_at) AS first, cluster,
    (SELECT headline FROM articles WHERE article_id = cluster) AS headline
FROM clusters GROUP BY cluster ORDER BY size DESC, first DESC, cluster LIMIT ?
"""


class Command(ScrapyCommand):
    """Writes `clusters/` in the data folder, or shows the largest clusters in it."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Find the near-duplicates of the whole dataset, or show what was found"

    def long_desc(self) -> str:
        return (
            "The crawl flags an article by what was stored before it. After a backfill, and whenever "
            "articles came in another order than they were published, --rebuild finds all clusters anew; "
            "`scrapy query` has them as the view clusters."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--rebuild", action="store_true", help="compute the clusters over all articles")
        parser.add_argument("--limit", type=int, default=20, help="how many clusters to show (default: 20)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError("scrapy clusters takes options only")
        from pipelines.storage.views import connect  # DuckDB takes half a second that no other command needs

        assert self.settings is not None
        data_dir = existing_data_folder(self.settings)
        if opts.rebuild:
            from pipelines.storage.clusters import clusters_of, write_clusters

            days = self.settings.getint("NEAR_DUPLICATE_DAYS")
            write_clusters(data_dir, clusters_of(_texts(connect(data_dir)), days))
        Console().print(_largest(connect(data_dir), opts.limit))


def _texts(connection: DuckDBPyConnection) -> Iterator[Text]:
    """All articles in the order of their publication, a few at a time."""
    from pipelines.storage.clusters import Text

    result = connection.execute(_TEXTS)
    while rows := result.fetchmany(1000):
        yield from (Text(*row) for row in rows)


def _largest(connection: DuckDBPyConnection, limit: int) -> Table:
    [counts] = connection.execute("SELECT count(DISTINCT cluster), count(*) FROM clusters").fetchall()
    table = Table(title="{} clusters of {} articles".format(*counts))
    for name in ("articles", "outlets", "first published (UTC)", "first article", "headline"):
        table.add_column(name, overflow="fold")  # an id cut short could not be copied
    for size, outlets, first, cluster, headline in connection.execute(_LARGEST, [limit]).fetchall():
        # Text objects show what an outlet wrote as it is; markup in it has no effect.
        table.add_row(
            str(size), str(outlets), f"{first:%Y-%m-%d %H:%M}", Shown(cluster), Shown(headline or "")
        )
    return table

"""scrapy query: SQL over the dataset, by DuckDB."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.ledger_access import existing_data_folder

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: object) -> object:
    """A cell as a spreadsheet should take it: a text that would be a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


class Command(ScrapyCommand):
    """Runs one query and prints its result."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return '[options] "SQL"'

    def short_desc(self) -> str:
        return "Query the dataset in SQL; the views are articles, revisions, changes and clusters"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--format",
            choices=("table", "csv", "json"),
            default="table",
            help="how to print (default: table); csv puts ' before what a spreadsheet would run as a formula",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError('scrapy query takes one query: scrapy query "SELECT count(*) FROM articles"')
        import duckdb  # half a second that no other command needs

        from pipelines.storage.views import connect

        assert self.settings is not None
        data_dir = existing_data_folder(self.settings)
        try:
            result = connect(data_dir).sql(args[0])
        except duckdb.Error as error:
            raise UsageError(str(error), print_help=False) from error
        if result is None:
            return
        if opts.format == "table":
            result.show(max_width=160, max_rows=1_000)
        elif opts.format == "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(result.columns)
            writer.writerows(map(harmless, row) for row in result.fetchall())
        else:
            for row in result.fetchall():
                print(json.dumps(dict(zip(result.columns, row, strict=True)), default=str))  # noqa: T201

"""scrapy status: the outlets' links by state, and how their last runs ended."""

from __future__ import annotations

import argparse
import sys
from typing import Any, ClassVar

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.frontier import utc
from crawler.ledger_access import opened_ledger
from pipelines.storage.ledger import Ledger, LinkState


class Command(ScrapyCommand):
    """Prints two tables: links by state, and the last runs."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options] [outlet …]"

    def short_desc(self) -> str:
        return "Show the outlets' links by state, and their last runs"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--runs", type=int, default=5, help="how many of the last runs to show (default: 5)"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        with opened_ledger(self.settings) as ledger:
            known = ledger.outlets()
            if unknown := [name for name in args if name not in known]:
                raise UsageError(f"no crawl of {unknown[0]!r} yet; there were some of {', '.join(known)}")
            outlets = args or known
            # In a pipe there is no width to fit into.
            console = Console(width=None if sys.stdout.isatty() else 200)
            console.print(links_table(ledger, outlets))
            console.print(runs_table(ledger, outlets, opts.runs))


def links_table(ledger: Ledger, outlets: list[str]) -> Table:
    """Links by outlet and state, without states that no link is in."""
    counts = {outlet: ledger.counts(outlet) for outlet in outlets}
    states = [state for state in LinkState if any(state in found for found in counts.values())]
    table = Table("outlet", *(str(state) for state in states), title="Links")
    for outlet, found in counts.items():
        table.add_row(outlet, *(str(found.get(state, 0)) for state in states))
    return table


def runs_table(ledger: Ledger, outlets: list[str], limit: int) -> Table:
    """The last runs of each outlet, the newest first."""
    table = Table("run", "status", "started (UTC)", "exit", "articles", "reason", title="Last runs")
    for outlet in outlets:
        for run in ledger.runs(outlet, limit):
            table.add_row(
                run.run_id,
                run.status,
                f"{utc(run.started_at):%Y-%m-%d %H:%M:%S}" if run.started_at else "",
                "" if run.exit_code is None else str(run.exit_code),
                str((run.counts or {}).get("articles", "")),
                run.reason or "",
            )
    return table

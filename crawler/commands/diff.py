"""scrapy diff: what the outlet changed in an article, word by word."""

from __future__ import annotations

import argparse
import re
from itertools import pairwise
from typing import Any, ClassVar

from rich.console import Console
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.ledger_access import existing_data_folder
from pipelines.storage.changes import Piece, changes

_VERSIONS = """
SELECT revision, fetched_at, headline, lead, body, url, extractor
FROM (SELECT * FROM articles UNION ALL BY NAME SELECT * FROM revisions)
WHERE article_id = ?
QUALIFY row_number() OVER (PARTITION BY revision ORDER BY fetched_at DESC) = 1
ORDER BY revision
"""
_SHOWN_AROUND = 60


class Command(ScrapyCommand):
    """Prints the steps from each revision to the next, or from one to another."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options] ARTICLE_ID"

    def short_desc(self) -> str:
        return "Show what the outlet changed in an article, word by word"

    def long_desc(self) -> str:
        return (
            "Added words are shown in green as {+words+}, removed ones in red as [-words-]; long unchanged "
            "passages are left out. Without options every edit is shown."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--from", dest="first", type=int, metavar="N", help="from this revision")
        parser.add_argument("--to", dest="last", type=int, metavar="N", help="to this revision")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("scrapy diff takes one article id; `scrapy query` finds them")
        from pipelines.storage.views import connect  # DuckDB takes half a second that no other command needs

        assert self.settings is not None
        found = connect(existing_data_folder(self.settings)).execute(_VERSIONS, args).fetchall()
        if not found:
            raise UsageError(f"no article {args[0]!r} is stored", print_help=False)
        versions = {version[0]: version for version in found}
        chosen = _chosen(sorted(versions), opts.first, opts.last)
        console = Console(highlight=False)
        console.print(Text(f"{args[0]}  {found[-1][5]}", style="bold"))
        if len(chosen) < 2:
            console.print(f"revision {chosen[0]} is the only one")
        for before, after in pairwise(chosen):
            console.print(_step(versions[before], versions[after]))


def _chosen(revisions: list[int], first: int | None, last: int | None) -> list[int]:
    """The revisions to step through. Raises UsageError for one that is not there."""
    for wanted in (first, last):
        if wanted is not None and wanted not in revisions:
            there = ", ".join(map(str, revisions))
            raise UsageError(f"there is no revision {wanted}, only {there}", print_help=False)
    if first is None and last is None:
        return revisions
    return [revisions[0] if first is None else first, revisions[-1] if last is None else last]


def _step(before: tuple[Any, ...], after: tuple[Any, ...]) -> Text:
    """One edit: when it was seen, and what it changed in headline, lead and body."""
    shown = Text()
    shown.append(f"\nrevision {before[0]} of {before[1]:%Y-%m-%d %H:%M} UTC")
    shown.append(f" → revision {after[0]} of {after[1]:%Y-%m-%d %H:%M} UTC\n", style="bold")
    if before[6] != after[6]:
        shown.append(f"read by different parsers, {before[6]} and {after[6]}\n", style="yellow")
    for name, old, new in zip(("headline", "lead", "body"), before[2:5], after[2:5], strict=True):
        if old != new:
            shown.append(f"{name}: ", style="bold")
            for piece in changes(old or "", new or ""):
                _show(shown, piece)
            shown.append("\n")
    return shown


def _show(shown: Text, piece: Piece) -> None:
    if piece.kind == "added":
        shown.append(f"{{+{piece.text}+}}", style="green")
    elif piece.kind == "removed":
        shown.append(f"[-{piece.text}-]", style="red")
    else:
        shown.append(_shortened(piece.text))


def _shortened(text: str) -> str:
    """An unchanged passage, its middle left out at words' ends where it is long."""
    if len(text) <= 3 * _SHOWN_AROUND:
        return text
    start = re.sub(r"\S*$", "", text[:_SHOWN_AROUND])
    end = re.sub(r"^\S*", "", text[-_SHOWN_AROUND:])
    return f"{start}…{end}"

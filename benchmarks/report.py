"""Figures as Markdown tables, put between their marks in a page."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first hold figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def machine() -> str:
    """When and on what the figures were made."""
    return (
        f"on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, Linux {platform.release().split('-')[0]}"
    )


def put_into(path: Path, part: str, text: str) -> None:
    """Put the figures of a part between its marks in the page."""
    begin, end = f"<!-- begin: {part} -->", f"<!-- end: {part} -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    path.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}", encoding="utf-8")

"""A small dataset in a data folder, written without a crawl."""

from __future__ import annotations

from pathlib import Path

from pipelines.storage.partitions import partition_path, write_partition
from tests.pipelines.storage.samples import OUTLET
from tests.pipelines.storage.tables_of_rows import table, version


def store(data_dir: Path, *, articles: list[dict], revisions: list[dict] = [], outlet: str = OUTLET) -> None:  # noqa: B006
    """Write the versions as the one month of an outlet."""
    for dataset, rows in (("articles", articles), ("revisions", revisions)):
        if rows:
            write_partition(partition_path(data_dir, dataset, outlet, 202405), table(*rows))  # type: ignore[arg-type]


def edited(data_dir: Path) -> None:
    """Article 1 in three revisions, a typo mended, then headline and text; article 2 in one."""
    store(
        data_dir,
        articles=[
            version(
                1,
                2,
                at=5,
                text="It left on time.\n\nAnother line.",
                headline="Ferry late",
                extractor="rules/1",
            ),
            version(2, extractor="rules/1"),
        ],
        revisions=[
            version(1, 0, at=0, text="It left on tme.", headline="Ferry leaves", extractor="rules/1"),
            version(1, 1, at=2, text="It left on time.", headline="Ferry leaves", extractor="rules/1"),
        ],
    )

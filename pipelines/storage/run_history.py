"""The memory of runs and of channels: what ran and how it ended, what each listing looked like last time."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import func, select, update

from pipelines.storage.names import Names
from pipelines.storage.tables import listings, runs

COMPLETE = frozenset((0, 10))
"""Exit codes of runs that did all that there was to do."""


@dataclass(slots=True)
class Run:
    """One row of `runs`: a crawl that ran, or a due time at which none did."""

    run_id: str
    outlet: str
    kind: str = "crawl"
    """crawl, or schedule for a row that the scheduler writes in place of a run."""
    status: str = "running"
    """running, done, failed, skipped, missed or caught_up."""
    due_at: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    exit_code: int | None = None
    reason: str | None = None
    pid: int | None = None
    counts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Listing:
    """What a channel looked like when it was last fetched."""

    channel: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    links: int = 0
    """How many links it showed."""
    new: int = 0
    """How many of them were new."""
    seen_at: int = 0
    deep_swept_at: int | None = None
    """When it was last followed all the way down instead of to the first known links."""


class RunHistory(Names):
    """The tables `runs` and `listings`."""

    def begin_run(
        self,
        run_id: str,
        outlet: str,
        *,
        started_at: int | None = None,
        due_at: int | None = None,
        pid: int | None = None,
        kind: str = "crawl",
    ) -> None:
        """Write the row of a run that starts. The caller holds the outlet's lock.

        Whatever else of the outlet still counts as running is therefore dead, and is closed as such. Raises
        OutletBusy if another machine crawls the outlet with this ledger.
        """
        self.lock_outlet(outlet, run_id)
        now = int(time.time()) if started_at is None else started_at
        row = Run(run_id, outlet, kind, "running", due_at, now, pid=os.getpid() if pid is None else pid)
        with self.writing() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.outlet == outlet, runs.c.status == "running", runs.c.run_id != run_id)
                .values(status="failed", reason="died", ended_at=now)
            )
            self._put_run(connection, row)

    def end_run(
        self,
        run_id: str,
        *,
        exit_code: int,
        reason: str | None = None,
        counts: dict[str, Any] | None = None,
        ended_at: int | None = None,
        status: str | None = None,
    ) -> None:
        """Close the row of a run; the status follows from the exit code unless it is given."""
        with self.writing() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.run_id == run_id)
                .values(
                    status=status or ("done" if exit_code in COMPLETE else "failed"),
                    exit_code=exit_code,
                    reason=reason,
                    counts=json.dumps(counts or {}),
                    ended_at=int(time.time()) if ended_at is None else ended_at,
                )
            )

    def add_run_row(self, *rows: Run) -> None:
        """Write rows, all or none, for what never ran or died without a word; a known run_id is replaced.

        The due time of a row stays when the crawl that it stands for writes the row again.
        """
        with self.writing() as connection:
            for run in rows:
                self._put_run(connection, run)

    def runs(self, outlet: str | None = None, limit: int = 50) -> list[Run]:
        """The latest rows, newest first; of one outlet or of all."""
        query = select(*(column for column in runs.c if column.name != "number"))
        if outlet is not None:
            query = query.where(runs.c.outlet == outlet)
        with self.reading() as connection:
            rows = connection.execute(query.order_by(runs.c.number.desc()).limit(limit)).mappings().all()
        return [Run(**{**row, "counts": json.loads(row["counts"] or "{}")}) for row in rows]

    def run(self, run_id: str) -> Run | None:
        """The row of one run."""
        query = select(*(column for column in runs.c if column.name != "number"))
        with self.reading() as connection:
            row = connection.execute(query.where(runs.c.run_id == run_id)).mappings().one_or_none()
        return Run(**{**row, "counts": json.loads(row["counts"] or "{}")}) if row else None

    def listing(self, outlet: str, channel: str) -> Listing | None:
        """What a channel looked like last time, or None if it was never fetched."""
        number = self.find_outlet(outlet)
        query = select(*(column for column in listings.c if column.name != "outlet"))
        with self.reading() as connection:
            row = connection.execute(
                query.where(listings.c.outlet == number, listings.c.channel == channel)
            ).mappings()
            found = row.one_or_none()
        return Listing(**found) if found else None

    def remember_listing(self, outlet: str, listing: Listing) -> None:
        """Keep what a channel looks like now, in place of the last time."""
        number = self.outlet_number(outlet)
        with self.writing() as connection:
            connection.execute(self.upsert(listings).values(outlet=number, **asdict(listing)))

    def _put_run(self, connection: Any, run: Run) -> None:
        statement = self.insert(runs)
        values = {**asdict(run), "counts": json.dumps(run.counts)}
        changed = {name: statement.excluded[name] for name in values if name != "run_id"}
        # The scheduler claims a due time before it starts the crawl, which does not know of it.
        changed["due_at"] = func.coalesce(statement.excluded.due_at, runs.c.due_at)
        connection.execute(
            statement.values(values).on_conflict_do_update(index_elements=["run_id"], set_=changed)
        )

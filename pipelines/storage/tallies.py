"""Tallies: how many links are in which state, kept with every change instead of counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection

from pipelines.storage.database import Database
from pipelines.storage.tables import STATE_NUMBERS, LinkState, tallies

WHOLE_OUTLET = 0
"""The run number under which the outlet's present links are counted."""


class Tally:
    """The changes that one transaction makes to the numbers."""

    def __init__(self) -> None:
        self._changes: Counter[tuple[int, int, int]] = Counter()

    def moved(
        self, outlet: int, before: tuple[LinkState, int | None] | None, after: tuple[LinkState, int | None]
    ) -> None:
        """A link went from (state, run) to another, or came into being."""
        state, run = after
        self._changes[outlet, WHOLE_OUTLET, STATE_NUMBERS[state]] += 1
        if before is not None:
            self._changes[outlet, WHOLE_OUTLET, STATE_NUMBERS[before[0]]] -= 1
            # What an earlier run made of the link remains that run's history.
            if before[1] == run and run is not None:
                self._changes[outlet, run, STATE_NUMBERS[before[0]]] -= 1
        if run is not None:
            self._changes[outlet, run, STATE_NUMBERS[state]] += 1

    def forgotten(self, outlet: int, state: LinkState) -> None:
        """A link is no longer known; what runs made of it remains their history."""
        self._changes[outlet, WHOLE_OUTLET, STATE_NUMBERS[state]] -= 1

    def write(self, database: Database, connection: Connection) -> None:
        """Add the changes to the table, in the transaction that made them."""
        # In one order everywhere, so that two transactions never wait for each other in a ring.
        rows: list[dict[str, Any]] = [
            {"outlet": outlet, "run": run, "state": state, "links": change}
            for (outlet, run, state), change in sorted(self._changes.items())
            if change
        ]
        if rows:
            statement = database.insert(tallies)
            statement = statement.on_conflict_do_update(
                index_elements=["outlet", "run", "state"],
                set_={"links": tallies.c.links + statement.excluded.links},
            )
            connection.execute(statement, rows)

"""The way of articles from the ledger into the dataset: staged rows, published rows, rows found in files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, delete, func, select, update

from pipelines.storage.amendments import Amendment
from pipelines.storage.outcomes import Link, drop_address
from pipelines.storage.run_history import RunHistory
from pipelines.storage.tables import (
    STATE_NUMBERS,
    STATES,
    LinkState,
    amendments,
    links,
    outlets,
    quarantine,
    staged,
)
from pipelines.storage.tallies import Tally

CHUNK = 500
"""Keys asked for in one statement; each is a parameter of it."""

_T = TypeVar("_T")
LINK_COLUMNS = tuple(links.c[name] for name in Link.__dataclass_fields__)
"""The columns of `links` in the order of Link's fields."""
_DELETE_STAGED = delete(staged).where(staged.c.id == bindparam("staged_id"))
_DELETE_AMENDMENT = delete(amendments).where(
    amendments.c.key == bindparam("amended"), amendments.c.duplicate_of == bindparam("as_written")
)
_BIND_NAMES = tuple(Link.__dataclass_fields__)


class StagedRow(NamedTuple):
    """An article's row that waits for the next publish."""

    id: int
    key: bytes
    row: str
    """As `EncodedRow.with_revision` made it."""


class StagedName(NamedTuple):
    """Which staged row; without its text, for there may be many."""

    id: int
    key: bytes


class QuarantinedLink(NamedTuple):
    """A link whose page made no valid row, and where that page lies."""

    key: bytes
    fetched_at: int
    reason: str | None
    url: str | None
    raw_file: str | None
    raw_offset: int | None


class Staging(RunHistory):
    """The tables `staged` and `quarantine`, and the links' side of publishing."""

    def staged_months(self, outlet: str) -> dict[int, int]:
        """How many rows wait for each partition, by month."""
        query = (
            select(staged.c.month, func.count().label("rows"))
            .where(staged.c.outlet == self.find_outlet(outlet))
            .group_by(staged.c.month)
            .order_by(staged.c.month)
        )
        with self.reading() as connection:
            return {row.month: row.rows for row in connection.execute(query)}

    def staged(self, outlet: str, month: int, limit: int, after: int = 0) -> list[StagedRow]:
        """The oldest rows that wait for a partition, of those that came after the one with this id."""
        query = (
            select(staged.c.id, staged.c.key, staged.c.row)
            .where(staged.c.outlet == self.find_outlet(outlet), staged.c.month == month, staged.c.id > after)
            .order_by(staged.c.id)
            .limit(limit)
        )
        with self.reading() as connection:
            return [StagedRow(*row) for row in connection.execute(query)]

    def published(self, rows: Sequence[StagedRow | StagedName]) -> None:
        """Drop rows that are now in the dataset and mark their links stored, in one transaction.

        A link that has a further row waiting stays staged. Rows dropped before are passed over.
        """
        with self.writing() as connection:
            connection.execute(_DELETE_STAGED, [{"staged_id": row.id} for row in rows])
            keys = {row.key for row in rows}
            waiting: set[bytes] = set()
            for chunk in chunks(keys):
                waiting.update(connection.scalars(select(staged.c.key).where(staged.c.key.in_(chunk))))
            done = [
                link
                for link in load_links(connection, keys - waiting).values()
                if link.state is LinkState.STAGED
            ]
            tally = Tally()
            for link in done:
                tally.moved(link.outlet, (LinkState.STAGED, link.run), (LinkState.STORED, link.run))
                link.state = LinkState.STORED
                drop_address(link)
            self.save_links(connection, done)
            tally.write(self, connection)

    def amendments(self, outlet: str) -> dict[int, list[Amendment]]:
        """What is to be written into the outlet's stored or staged rows, by month."""
        query = (
            select(links.c.month, *(amendments.c[name] for name in Amendment._fields))
            .join(links, links.c.key == amendments.c.key)
            .where(amendments.c.outlet == self.find_outlet(outlet), links.c.month.is_not(None))
            .order_by(links.c.month)
        )
        due: dict[int, list[Amendment]] = {}
        with self.reading() as connection:
            for month, *fields in connection.execute(query):
                due.setdefault(month, []).append(Amendment(*fields))
        return due

    def amended(self, done: Sequence[Amendment]) -> None:
        """Drop amendments that are now in the dataset; one that has changed since stays."""
        with self.writing() as connection:
            connection.execute(
                _DELETE_AMENDMENT, [{"amended": one.key, "as_written": one.duplicate_of} for one in done]
            )

    def rebuilt_at(self, outlet: str) -> int | None:
        """Since when the ledger knows every row of the outlet's files, or None if it was never asked to."""
        number = self.find_outlet(outlet)
        with self.reading() as connection:
            return connection.scalar(select(outlets.c.rebuilt_at).where(outlets.c.number == number))

    def mark_rebuilt(self, outlet: str, now: int | None) -> None:
        """Remember that the ledger knows every row of the outlet's files; None: that it has to be rebuilt."""
        number = self.outlet_number(outlet)
        with self.writing() as connection:
            connection.execute(update(outlets).where(outlets.c.number == number).values(rebuilt_at=now))

    def sketched_at(self, outlet: str) -> int | None:
        """Since when the ledger has sketches of the outlet's articles, or None if it never made them."""
        number = self.find_outlet(outlet)
        with self.reading() as connection:
            return connection.scalar(select(outlets.c.sketched_at).where(outlets.c.number == number))

    def mark_sketched(self, outlet: str, now: int) -> None:
        """Remember that the ledger has the sketches of the outlet's recent articles."""
        number = self.outlet_number(outlet)
        with self.writing() as connection:
            connection.execute(update(outlets).where(outlets.c.number == number).values(sketched_at=now))

    def adopt(self, found: Sequence[Link]) -> int:
        """Take articles found in the dataset's files into the links; returns how many were new or other.

        The files are the truth about which articles are stored, under which month and revision. An article
        that has a row waiting is left alone: its link is ahead of the files.
        """
        with self.writing() as connection:
            keys = {link.key for link in found}
            known = load_links(connection, keys)
            waiting: set[bytes] = set()
            for chunk in chunks(keys):
                waiting.update(connection.scalars(select(staged.c.key).where(staged.c.key.in_(chunk))))
            tally = Tally()
            changed: dict[bytes, Link] = {}
            for link in found:
                present = known.get(link.key)
                if link.key in waiting or (present is not None and _agrees(present, link)):
                    continue
                if present is not None:
                    link = _corrected(present, link, tally)
                else:
                    tally.moved(link.outlet, None, (link.state, None))
                known[link.key] = changed[link.key] = link
            self.save_links(connection, changed.values())
            tally.write(self, connection)
        return len(changed)

    def articles_of(self, outlet: str, month: int) -> dict[bytes, Link]:
        """The links whose articles are rows of this month by the ledger; without those that wait."""
        query = select(*LINK_COLUMNS).where(
            links.c.outlet == self.find_outlet(outlet), links.c.month == month
        )
        with self.reading() as connection:
            rows = connection.execute(query).all()
            waiting = set(connection.scalars(select(staged.c.key).where(staged.c.month == month)))
        found = {}
        for row in rows:
            link = Link(*row)
            link.state = STATES[row.state]
            if link.key not in waiting:
                found[link.key] = link
        return found

    def months(self, outlet: str) -> list[int]:
        """The months in which the ledger knows articles of the outlet."""
        query = select(links.c.month).where(
            links.c.outlet == self.find_outlet(outlet), links.c.month.is_not(None)
        )
        with self.reading() as connection:
            return sorted(connection.scalars(query.distinct()))

    def forget(self, keys: Iterable[bytes]) -> None:
        """Drop links, so that the next channel that shows one finds it new."""
        with self.writing() as connection:
            tally = Tally()
            for link in load_links(connection, keys).values():
                connection.execute(delete(links).where(links.c.key == link.key))
                tally.forgotten(link.outlet, link.state)
            tally.write(self, connection)

    def quarantined(self, outlet: str, limit: int = 100) -> list[QuarantinedLink]:
        """The latest links in quarantine."""
        query = (
            select(*(quarantine.c[name] for name in QuarantinedLink._fields))
            .where(quarantine.c.outlet == self.find_outlet(outlet))
            .order_by(quarantine.c.fetched_at.desc())
            .limit(limit)
        )
        with self.reading() as connection:
            return [QuarantinedLink(*row) for row in connection.execute(query)]

    def quarantine_files(self, outlet: str) -> set[str]:
        """The raw archive's files that pages in quarantine lie in."""
        query = (
            select(quarantine.c.raw_file)
            .where(quarantine.c.outlet == self.find_outlet(outlet), quarantine.c.raw_file.is_not(None))
            .distinct()
        )
        with self.reading() as connection:
            return set(connection.scalars(query))

    def save_links(self, connection: Connection, changed: Iterable[Link]) -> None:
        """Write rows of `links`, new or known."""
        rows = [_row(link) for link in changed]
        if rows:
            connection.execute(self.upsert(links), rows)


def load_links(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, Link]:
    """The links that the ledger has of these keys, held until the transaction ends."""
    found = {}
    for chunk in chunks(sorted(keys)):
        query = select(*LINK_COLUMNS).where(links.c.key.in_(chunk)).order_by(links.c.key).with_for_update()
        for row in connection.execute(query):
            link = Link(*row)
            link.state = STATES[row.state]
            found[link.key] = link
    return found


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """The values in lists short enough for one statement."""
    iterator = iter(values)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _row(link: Link) -> dict[str, Any]:
    row = {name: getattr(link, name) for name in _BIND_NAMES}
    row["state"] = STATE_NUMBERS[link.state]
    return row


def _agrees(present: Link, found: Link) -> bool:
    return (present.month, present.revision, present.content_hash) == (
        found.month,
        found.revision,
        found.content_hash,
    )


def _corrected(present: Link, found: Link, tally: Tally) -> Link:
    """A known link with what the files say of its article."""
    present.month, present.revision = found.month, found.revision
    present.content_hash, present.native_id = found.content_hash, found.native_id
    # A link that is gone or failed at its last re-check stays so; its row is kept all the same.
    if present.state in (LinkState.DISCOVERED, LinkState.STAGED, LinkState.DUPLICATE):
        tally.moved(present.outlet, (present.state, present.run), (LinkState.STORED, present.run))
        present.state, present.reason, present.due_at = LinkState.STORED, None, None
        drop_address(present)
    return present

"""The ledger: which links are known, what became of each, and what waits to be published."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from pipelines.storage.canonical_url import article_key
from pipelines.storage.outcomes import Link, Outcome, new_link, settle, settle_article
from pipelines.storage.run_history import Listing, Run
from pipelines.storage.staged_rows import EncodedRow, UnstorableRow, storable_rows
from pipelines.storage.staging import Staging, chunks, load_links
from pipelines.storage.tables import (
    STATE_NUMBERS,
    STATES,
    TERMINAL,
    LinkState,
    links,
    quarantine,
    runs,
    staged,
    tallies,
)
from pipelines.storage.tallies import WHOLE_OUTLET, Tally

__all__ = ["TERMINAL", "DiscoveredLink", "KnownLink", "Ledger", "LinkState", "Listing", "Outcome", "Run"]

_MAX_VALIDATOR = 1000
"""Characters of an ETag or Last-Modified that is kept; longer ones are a stranger's joke."""


class DiscoveredLink(NamedTuple):
    """A link as a channel showed it."""

    key: bytes
    url: str
    channel: str


class KnownLink(NamedTuple):
    """What the ledger knows of a link. Times are epoch seconds."""

    key: bytes
    url: str | None
    """None when nothing will request it again."""
    outlet: str
    state: LinkState
    reason: str | None = None
    channels: tuple[str, ...] = ()
    """All that showed it, the first one in front."""
    attempts: int = 0
    """Failures since the last success."""
    first_seen_at: int = 0
    last_fetched_at: int | None = None
    due_at: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    article_id: str | None = None
    """None unless its own article is stored or staged."""
    revision: int = 0
    month: int | None = None
    content_hash: bytes | None = None
    run_id: str | None = None
    """The last run that fetched it."""
    is_new: bool = False
    """Whether this very call discovered it."""


_KNOWN = select(
    *(links.c[name] for name in ("key", "url", "outlet", "state", "reason", "channels", "first_channel")),
    *(links.c[name] for name in ("attempts", "first_seen_at", "last_fetched_at", "due_at", "etag")),
    *(links.c[name] for name in ("last_modified", "native_id", "revision", "month", "content_hash")),
    runs.c.run_id,
).select_from(links.outerjoin(runs, links.c.run == runs.c.number))
_ADD_CHANNELS = (
    update(links)
    .where(links.c.key == bindparam("link_key"))
    .values(channels=links.c.channels.op("|")(bindparam("mask")))
)


class Ledger(Staging):
    """Write-ahead log and index of the crawls; used by one thread at a time, shared by processes."""

    def discover(self, outlet: str, shown: Sequence[DiscoveredLink], now: int) -> list[KnownLink]:
        """What the ledger knows of the links that channels showed, in their order.

        Unknown links enter as discovered; known ones remember the channel. All of it in one transaction,
        and none that writes if there is nothing new.
        """
        number = self.outlet_number(outlet)
        masks: dict[bytes, int] = {}
        firsts: dict[bytes, DiscoveredLink] = {}
        for link in shown:
            masks[link.key] = masks.get(link.key, 0) | 1 << self.channel_bit(number, link.channel)
            firsts.setdefault(link.key, link)
        known = self._known_rows(masks)
        new = [firsts[key] for key in masks if key not in known]
        more = [key for key, row in known.items() if masks[key] & ~row.channels]
        if new or more:
            with self.writing() as connection:
                self._insert_discovered(connection, number, new, masks, now)
                if more:
                    rows = [{"link_key": key, "mask": masks[key]} for key in more]
                    connection.execute(_ADD_CHANNELS, rows)
            changed = {*(link.key for link in new), *more}
            known.update(self._known_rows(changed))
        is_new = {link.key for link in new}
        facts = {key: self._known_link(row, key in is_new) for key, row in known.items()}
        return [facts[link.key] for link in shown]

    def unfinished(self, outlet: str, limit: int, now: int | None = None) -> list[KnownLink]:
        """Links to be fetched: discovered ones, then failed ones whose next attempt is due."""
        now = int(time.time()) if now is None else now
        discovered = self._due_links(outlet, (LinkState.DISCOVERED,), None, limit)
        failed = self._due_links(outlet, (LinkState.FAILED,), now, limit)
        return (discovered + failed)[:limit]

    def due(self, outlet: str, now: int, limit: int) -> list[KnownLink]:
        """Links of stored articles whose re-check is due, the longest overdue first."""
        return self._due_links(outlet, (LinkState.STORED, LinkState.UNCHANGED), now, limit)

    def record(
        self, batch: Sequence[Outcome], now: int, *, along: Callable[[Connection], None] | None = None
    ) -> list[LinkState]:
        """Write what became of links, all in one transaction; returns the state in which each ended.

        This is the exactly-once point: what was recorded survives any crash, and recording it again changes
        nothing. A row that could never be published quarantines its link. `along` writes in the same
        transaction what stands or falls with the rows.
        """
        if not batch:
            return []
        rows = _storable(batch)
        numbers = {outcome.outlet: self.outlet_number(outcome.outlet) for outcome in batch}
        run_numbers = {outcome.run_id: self.run_number(outcome.run_id) for outcome in batch}
        with self.writing() as connection:
            recording = _Recording(self, connection, batch, now)
            states = [
                recording.settle(outcome, row, numbers[outcome.outlet], run_numbers[outcome.run_id])
                for outcome, row in zip(batch, rows, strict=True)
            ]
            recording.write()
            if along is not None:
                along(connection)
        return states

    def link(self, key: bytes) -> KnownLink | None:
        """What the ledger knows of one link."""
        return self.links((key,)).get(key)

    def links(self, keys: Iterable[bytes]) -> dict[bytes, KnownLink]:
        """What the ledger knows of these links; unknown ones are left out."""
        return {key: self._known_link(row, False) for key, row in self._known_rows(keys).items()}

    def counts(self, outlet: str) -> dict[LinkState, int]:
        """How many links of the outlet are in each state."""
        return self._tally(outlet, WHOLE_OUTLET)

    def run_counts(self, outlet: str, run_id: str) -> dict[LinkState, int]:
        """In which states a run left the links that it settled."""
        return self._tally(outlet, self.run_number(run_id))

    def _tally(self, outlet: str, run: int) -> dict[LinkState, int]:
        query = select(tallies.c.state, tallies.c.links).where(
            tallies.c.outlet == self.find_outlet(outlet), tallies.c.run == run, tallies.c.links != 0
        )
        with self.reading() as connection:
            return {STATES[state]: count for state, count in connection.execute(query.order_by("state"))}

    def _due_links(
        self, outlet: str, states: Sequence[LinkState], until: int | None, limit: int
    ) -> list[KnownLink]:
        conditions: list[ColumnElement[bool]] = [
            links.c.outlet == self.find_outlet(outlet),
            links.c.state.in_([STATE_NUMBERS[state] for state in states]),
            links.c.due_at.is_not(None) if until is None else links.c.due_at <= until,
        ]
        query = _KNOWN.where(*conditions).order_by(links.c.due_at, links.c.key).limit(limit)
        with self.reading() as connection:
            rows = connection.execute(query).all()
        return [self._known_link(row, False) for row in rows]

    def _insert_discovered(
        self,
        connection: Connection,
        outlet: int,
        new: Sequence[DiscoveredLink],
        masks: dict[bytes, int],
        now: int,
    ) -> None:
        fresh = []
        for link in new:
            row = new_link(link.key, outlet, self.channel_bit(outlet, link.channel), link.url, now)
            row.channels = masks[link.key]
            fresh.append(row)
        self.save_links(connection, fresh)
        tally = Tally()
        for row in fresh:
            tally.moved(outlet, None, (row.state, None))
        tally.write(self, connection)

    def _known_rows(self, keys: Iterable[bytes]) -> dict[bytes, Any]:
        found: dict[bytes, Any] = {}
        with self.reading() as connection:
            for chunk in chunks(keys):
                for row in connection.execute(_KNOWN.where(links.c.key.in_(chunk))):
                    found[row.key] = row
        return found

    def _known_link(self, row: Any, is_new: bool) -> KnownLink:
        key, url, outlet, state, reason, mask, first, attempts, first_seen_at, last_fetched_at = row[:10]
        due_at, etag, last_modified, native_id, revision, month, content_hash, run_id = row[10:]
        name = self.outlet_name(outlet)
        return KnownLink(
            key,
            url,
            name,
            STATES[state],
            reason,
            self.channel_names(outlet, mask, first),
            attempts,
            first_seen_at,
            last_fetched_at,
            due_at,
            etag,
            last_modified,
            f"{name}:{native_id}" if native_id is not None else None,
            revision,
            month,
            content_hash,
            run_id,
            is_new,
        )


class _Recording:
    """One transaction of `Ledger.record`: loads the links concerned, settles them, writes what changed."""

    def __init__(self, ledger: Ledger, connection: Connection, batch: Sequence[Outcome], now: int):
        self._ledger = ledger
        self._connection = connection
        self._now = now
        keys = {outcome.key for outcome in batch}
        keys.update(article_key(outcome.article["article_id"]) for outcome in batch if outcome.article)
        self._links = load_links(connection, keys)
        self._before = {key: (link.state, link.run) for key, link in self._links.items()}
        self._changed: dict[bytes, Link] = {}
        self._staged: list[dict[str, Any]] = []
        self._quarantined: dict[bytes, dict[str, Any] | None] = {}

    def settle(
        self, outcome: Outcome, row: EncodedRow | UnstorableRow | None, outlet: int, run: int
    ) -> LinkState:
        """Settle one outcome, in memory; returns the state of its link."""
        link = self._links.get(outcome.key) or self._unknown(outcome.key, outlet, outcome)
        # One that a feed showed and the filter dropped may be fetched again for the section within a second.
        is_second_look = link.state is LinkState.FILTERED and outcome.article is not None
        if link.run == run and link.last_fetched_at == outcome.fetched_at and not is_second_look:
            return link.state  # recorded before, by a call whose success nobody lived to see
        if isinstance(row, UnstorableRow):
            outcome.state, outcome.reason, outcome.article = LinkState.QUARANTINED, f"unstorable: {row}", None
        if isinstance(row, EncodedRow) and outcome.article is not None:
            self._settle_article(outcome, outcome.article, row, link, run)
        else:
            settle(outcome, link, run, self._now)
        self._changed[link.key] = link
        self._note_quarantine(outcome, link, run)
        return link.state

    def write(self) -> None:
        """Write everything that `settle` changed."""
        tally = Tally()
        for link in self._changed.values():
            tally.moved(link.outlet, self._before.get(link.key), (link.state, link.run))
        self._ledger.save_links(self._connection, self._changed.values())
        if self._staged:
            self._connection.execute(insert(staged), self._staged)
        gone = [key for key, row in self._quarantined.items() if row is None]
        kept = [row for row in self._quarantined.values() if row is not None]
        if gone:
            self._connection.execute(delete(quarantine).where(quarantine.c.key.in_(gone)))
        if kept:
            self._connection.execute(self._ledger.upsert(quarantine), kept)
        tally.write(self._ledger, self._connection)

    def _settle_article(
        self, outcome: Outcome, article: dict[str, Any], row: EncodedRow, link: Link, run: int
    ) -> None:
        own_key = article_key(article["article_id"])
        own = link if own_key == link.key else self._links.get(own_key)
        if own is None:
            own = self._unknown(own_key, link.outlet, outcome)
            own.channels, own.first_channel = link.channels, link.first_channel
            own.first_seen_at = link.first_seen_at
        revision = settle_article(outcome, article, link, own, run)
        self._changed[own.key] = own
        if revision is not None:
            self._staged.append(
                {
                    "outlet": own.outlet,
                    "month": own.month,
                    "key": own.key,
                    "article_id": article["article_id"],
                    "row": row.with_revision(revision),
                }
            )

    def _unknown(self, key: bytes, outlet: int, outcome: Outcome) -> Link:
        """A link that no channel showed: requested by hand, or an article found under another's address."""
        link = new_link(key, outlet, 0, outcome.url, outcome.fetched_at)
        link.channels, link.due_at = 0, None
        self._links[key] = link
        return link

    def _note_quarantine(self, outcome: Outcome, link: Link, run: int) -> None:
        was = self._before.get(link.key, (None, None))[0] is LinkState.QUARANTINED
        if link.state is LinkState.QUARANTINED:
            self._quarantined[link.key] = {
                "key": link.key,
                "outlet": link.outlet,
                "run": run,
                "fetched_at": outcome.fetched_at,
                "reason": link.reason,
                "url": outcome.url or link.url,
                "raw_file": outcome.raw_file,
                "raw_offset": outcome.raw_offset,
            }
        elif was or link.key in self._quarantined:
            self._quarantined[link.key] = None


def _storable(batch: Sequence[Outcome]) -> list[EncodedRow | UnstorableRow | None]:
    """The encoded row of every outcome that has one. Raises ValueError for outcomes that say nonsense."""
    for outcome in batch:
        _check(outcome)
    with_rows = [outcome.article for outcome in batch if outcome.article is not None]
    encoded = iter(storable_rows(with_rows))
    return [None if outcome.article is None else next(encoded) for outcome in batch]


def _check(outcome: Outcome) -> None:
    if outcome.state in (LinkState.DISCOVERED, LinkState.STORED):
        raise ValueError(f"an outcome cannot be {outcome.state}: {outcome.url}")
    if (outcome.state is LinkState.STAGED) != (outcome.article is not None):
        raise ValueError(f"`staged` and an article belong together: {outcome.url} is {outcome.state}")
    if outcome.article is not None:
        if not str(outcome.article.get("article_id")).startswith(f"{outcome.outlet}:"):
            raise ValueError(f"{outcome.article.get('article_id')!r} is no article of {outcome.outlet}")
        if outcome.content_hash is None:
            raise ValueError(f"{outcome.article['article_id']} comes without its content hash")
    outcome.etag, outcome.last_modified = _validator(outcome.etag), _validator(outcome.last_modified)


def _validator(text: str | None) -> str | None:
    """An ETag or Last-Modified worth keeping; a cut one would never match again."""
    return None if text is None or len(text) > _MAX_VALIDATOR else text

"""Flags: rows that are near-duplicates of earlier articles get to know it, before they are staged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select

from pipelines.storage.canonical_url import article_key
from pipelines.storage.ledger import Ledger
from pipelines.storage.near_duplicates import Known, Match, NearDuplicateIndex
from pipelines.storage.sketches import Hashes, Sketch, fingerprints, sketch_of
from pipelines.storage.tables import amendments, sketch_words, sketches

MAX_ARTICLES = 100_000
"""As many of the latest articles are compared with; about a kilobyte of memory each, up to twice as many."""
_SKETCHES_AT_HAND = 4096
_DAY = 86400
NUMBERING = 4157202
"""The server's lock for giving numbers to sketches; any number that nobody else uses."""
_SHORT_BYTES = "<u2"
_HASH_BYTES = "<u4"

_NEW = select(
    *(sketches.c[name] for name in ("number", "key", "article_id", "published_at", "is_copy")),
    *(sketches.c[name] for name in ("fingerprints", "lines")),
)
_DELETE = delete(sketches).where(sketches.c.key == bindparam("old_key"))
_DELETE_WORDS = delete(sketch_words).where(sketch_words.c.key == bindparam("old_key"))


class NearDuplicateFlags:
    """The near-duplicate index of all outlets, kept in the ledger; used by the ledger's thread.

    An article is flagged by what came before it. Where that was published after it, as in a crawl that goes
    back in time, the rows of the others are amended by the next publish of their outlet: in whatever order
    copies come, in the end each names the one published first.

    Nothing is read before the first row is to be flagged: most runs find nothing new. What other processes
    add is seen from one batch to the next.
    """

    def __init__(self, ledger: Ledger, days: int) -> None:
        self._ledger = ledger
        self.window = days * _DAY
        """Seconds that two publications may lie apart; 0: nothing is compared."""
        self._unsaved: dict[bytes, dict[str, Any]] = {}
        self._amendments: dict[bytes, dict[str, Any]] = {}
        self._flagged: dict[bytes, dict[str, Any]] = {}
        self._pruned = False
        self._forget()

    def _forget(self) -> None:
        self._index = NearDuplicateIndex(self._sketch, self.window)
        self._ids: dict[int, str] = {}
        self._own: set[bytes] = set()
        self._at_hand: dict[bytes, Sketch] = {}
        self._last_number = 0
        self._next = 0

    def flag(self, rows: Sequence[dict[str, Any]], now: int) -> None:
        """Fill `duplicate_of` and `similarity` of the rows, in their order, and take them into the index."""
        if not rows or not self.window:
            return
        if len(self._index) > 2 * MAX_ARTICLES:
            self._forget()  # and read the latest half again
        self._read_new()
        for row in rows:
            self._flag(row, now)

    def take_up(self, stored: Sequence[dict[str, Any]]) -> None:
        """Take rows of the dataset into the index, in their order; those that it has already are passed over.

        What they turn out to be near-duplicates of, and did not say, becomes amendments.
        """
        self._read_new()
        for row in stored:
            if article_key(row["article_id"]) in self._index:
                continue
            as_stored = row["duplicate_of"]
            self._flag(row, int(row["fetched_at"].timestamp()))
            if row["duplicate_of"] not in (None, as_stored):
                self._amendments[article_key(row["article_id"])] = self._amendment(row)

    def save(self, connection: Connection) -> None:
        """Write what `flag` found and made; belongs into the transaction that stages the rows."""
        if not self._unsaved:
            return
        rows = list(self._unsaved.values())
        if self._ledger.on_server:
            # Readers ask for numbers above those they have, so numbers must be committed in their order.
            connection.execute(select(func.pg_advisory_xact_lock(NUMBERING)))
        if not self._pruned:
            self._prune(connection, rows[0]["seen_at"])
        old = [{"old_key": key} for key in self._unsaved]
        for statement in (_DELETE, _DELETE_WORDS):
            connection.execute(statement, old)
        for table in (sketches, sketch_words):
            names = [column.name for column in table.columns if column.name != "number"]
            connection.execute(insert(table), [{name: row[name] for name in names} for row in rows])
        self._correct_waiting(connection)
        if self._amendments:
            connection.execute(self._ledger.upsert(amendments), list(self._amendments.values()))
        self._unsaved, self._amendments = {}, {}
        while len(self._at_hand) > _SKETCHES_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]

    def _flag(self, row: dict[str, Any], now: int) -> None:
        article_id = row["article_id"]
        outlet = article_id.partition(":")[0]
        key = article_key(article_id)
        published_at = int(row["published_at"].timestamp())
        sketch = sketch_of(f"{row.get('lead') or ''}\n{row['body']}")
        words = self._index.own_words(outlet, sketch)
        prints = fingerprints(words)
        matches = self._index.matches(key, published_at, words, prints)
        first = self._index.earliest(matches, key, published_at)
        row["duplicate_of"] = self._ids[first.number] if first else None
        row["similarity"] = round(first.similarity, 4) if first else None
        self._flagged[key] = row
        self._amendments.pop(key, None)
        if first is None:
            for match in matches:
                self._amend(match, article_id)
        self._own.add(key)
        self._at_hand[key] = sketch
        known = Known(key, outlet, published_at, len(prints))
        self._index.add(self._next, known, prints, None if matches else sketch.lines)
        self._ids[self._next] = article_id
        self._next += 1
        self._unsaved[key] = {
            "key": key,
            "article_id": article_id,
            "published_at": published_at,
            "seen_at": now,
            "is_copy": int(bool(matches)),
            "fingerprints": prints.astype(_HASH_BYTES).tobytes(),
            "lines": sketch.lines.astype(_HASH_BYTES).tobytes(),
            "words": sketch.words.astype(_SHORT_BYTES).tobytes(),
            "line_lengths": sketch.line_lengths.astype(_SHORT_BYTES).tobytes(),
        }

    def _amend(self, match: Match, earliest: str) -> None:
        """An article that came before was published after this one, and so is its near-duplicate."""
        known = self._index.known(match.number)
        assert isinstance(known.key, bytes)
        self._amendments[known.key] = self._amendment(
            {
                "article_id": self._ids[match.number],
                "duplicate_of": earliest,
                "similarity": round(match.similarity, 4),
            }
        )

    def _amendment(self, row: dict[str, Any]) -> dict[str, Any]:
        article_id = row["article_id"]
        return {
            "key": article_key(article_id),
            "outlet": self._ledger.find_outlet(article_id.partition(":")[0]),
            "article_id": article_id,
            "duplicate_of": row["duplicate_of"],
            "similarity": row["similarity"],
        }

    def _correct_waiting(self, connection: Connection) -> None:
        """What waits to be amended was said of an earlier text; a row that came anew knows better."""
        waiting = select(amendments.c.key).where(amendments.c.key.in_(list(self._flagged)))
        for key in connection.scalars(waiting).all():
            row = self._flagged[key]
            if row["duplicate_of"] is None:
                connection.execute(delete(amendments).where(amendments.c.key == key))
            else:
                self._amendments.setdefault(key, self._amendment(row))
        self._flagged = {}

    def _read_new(self) -> None:
        """Take in what was added to the ledger since the last time."""
        query = _NEW.where(sketches.c.number > self._last_number).order_by(sketches.c.number.desc())
        with self._ledger.reading() as connection:
            rows = connection.execute(query.limit(MAX_ARTICLES)).all()
        if not rows:
            return
        self._last_number = rows[0].number
        self._index.add_all([self._entry(row) for row in reversed(rows) if row.key not in self._own])

    def _entry(self, row: Row[Any]) -> tuple[int, Known, Hashes, Hashes | None]:
        number, self._next = self._next, self._next + 1
        self._ids[number] = row.article_id
        prints = np.frombuffer(row.fingerprints, _HASH_BYTES)
        known = Known(row.key, row.article_id.partition(":")[0], row.published_at, len(prints))
        return number, known, prints, None if row.is_copy else np.frombuffer(row.lines, _HASH_BYTES)

    def _sketch(self, number: int) -> Sketch | None:
        """The sketch of an article of the index; None if another process has just dropped it."""
        key = self._index.known(number).key
        assert isinstance(key, bytes)
        if key in self._at_hand:
            return self._at_hand[key]
        query = (
            select(sketch_words.c.words, sketch_words.c.line_lengths, sketches.c.lines)
            .join(sketches, sketches.c.key == sketch_words.c.key)
            .where(sketch_words.c.key == key)
        )
        with self._ledger.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Sketch(
            np.frombuffer(row.words, _SHORT_BYTES),
            np.frombuffer(row.line_lengths, _SHORT_BYTES),
            np.frombuffer(row.lines, _HASH_BYTES),
        )

    def _prune(self, connection: Connection, now: int) -> None:
        """Drop what no window reaches any more, once a run."""
        old = sketches.c.seen_at < now - self.window
        connection.execute(
            delete(sketch_words).where(sketch_words.c.key.in_(select(sketches.c.key).where(old)))
        )
        connection.execute(delete(sketches).where(old))
        self._pruned = True

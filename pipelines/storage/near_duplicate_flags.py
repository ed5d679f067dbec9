"""Flags: rows that are near-duplicates of earlier articles get to know it, before they are staged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from pipelines.storage.canonical_url import article_key
from pipelines.storage.ledger import Ledger
from pipelines.storage.near_duplicates import Arrival, Entry, Match, NearDuplicateIndex
from pipelines.storage.sketches import Sketch, sketches_of
from pipelines.storage.tables import amendments, sketch_words, sketches

MAX_ARTICLES = 100_000
"""As many of the latest articles are compared with, up to twice as many; a byte of memory for each word."""
_SKETCHES_AT_HAND = 512
_ROWS_AT_ONCE = 500
_DAY = 86400
NUMBERING = 4157202
"""The server's lock for giving numbers to sketches; any number that nobody else uses."""
_SHORT_BYTES = np.dtype("<u2")
_HASH_BYTES = np.dtype("<u4")

_NEW = select(
    *(sketches.c[name] for name in ("number", "key", "article_id", "published_at", "is_copy")),
    *(sketches.c[name] for name in ("fingerprints", "lines")),
)
_LATEST = select(func.max(sketches.c.number))
_DELETE = delete(sketches).where(sketches.c.key == bindparam("old_key"))
_DELETE_WORDS = delete(sketch_words).where(sketch_words.c.key == bindparam("old_key"))


class NearDuplicateFlags:
    """The near-duplicate index of all outlets, kept in the ledger; used by one thread at a time.

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
        self._at_hand: dict[bytes, _Text] = {}
        self._own: set[bytes] = set()
        self._last_number = 0

    def flag(self, rows: Sequence[dict[str, Any]], now: int) -> None:
        """Fill `duplicate_of` and `similarity` of the rows, in their order, and take them into the index."""
        if not rows or not self.window:
            return
        if len(self._index) > 2 * MAX_ARTICLES:
            self._forget()  # and read the latest half again
        self._read_new()
        self._flag(rows, [now] * len(rows))

    def take_up(self, stored: Sequence[dict[str, Any]]) -> None:
        """Take rows of the dataset into the index, in their order; those that it has already are passed over.

        What they turn out to be near-duplicates of, and did not say, becomes amendments.
        """
        self._read_new()
        are_known = self._index.knows([article_key(row["article_id"]) for row in stored])
        unknown = [row for row, is_known in zip(stored, are_known, strict=True) if not is_known]
        as_stored = [row["duplicate_of"] for row in unknown]
        self._flag(unknown, [int(row["fetched_at"].timestamp()) for row in unknown])
        for row, before in zip(unknown, as_stored, strict=True):
            if row["duplicate_of"] not in (None, before):
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
        latest = connection.scalar(_LATEST) or 0
        old = [{"old_key": key} for key in self._unsaved]
        for statement in (_DELETE, _DELETE_WORDS):
            connection.execute(statement, old)
        for table in (sketches, sketch_words):
            names = [column.name for column in table.columns if column.name != "number"]
            connection.execute(insert(table), [{name: row[name] for name in names} for row in rows])
        if latest <= self._last_number:  # nobody else has added any, so these need not be read
            self._last_number = connection.scalar(_LATEST) or 0
        else:
            self._own.update(self._unsaved)
        self._correct_waiting(connection)
        if self._amendments:
            connection.execute(self._ledger.upsert(amendments), list(self._amendments.values()))
        self._unsaved, self._amendments = {}, {}
        while len(self._at_hand) > _SKETCHES_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]

    def _flag(self, rows: Sequence[dict[str, Any]], seen_at: Sequence[int]) -> None:
        texts = sketches_of([f"{row.get('lead') or ''}\n{row['body']}" for row in rows])
        arrivals = [
            Arrival(
                article_key(row["article_id"]),
                row["article_id"].partition(":")[0],
                int(row["published_at"].timestamp()),
                sketch,
            )
            for row, sketch in zip(rows, texts, strict=True)
        ]
        all_taken = self._index.take_in(arrivals)
        for row, arrival in zip(rows, arrivals, strict=True):
            self._at_hand.pop(arrival.key, None)
            self._at_hand[arrival.key] = _Text(row["article_id"], arrival.sketch)
        for row, arrival, taken, now in zip(rows, arrivals, all_taken, seen_at, strict=True):
            key, matches, sketch = arrival.key, taken.matches, arrival.sketch
            first = self._index.earliest(matches, key, arrival.published_at)
            row["duplicate_of"] = self._article_id(first.number) if first else None
            row["similarity"] = round(first.similarity, 4) if first else None
            self._flagged[key] = row
            self._amendments.pop(key, None)
            if first is None:
                for match in matches:
                    self._amend(match, row["article_id"])
            self._unsaved[key] = {
                "key": key,
                "article_id": row["article_id"],
                "published_at": arrival.published_at,
                "seen_at": now,
                "is_copy": int(bool(matches)),
                "fingerprints": taken.prints.astype(_HASH_BYTES).tobytes(),
                "lines": sketch.lines.astype(_HASH_BYTES).tobytes(),
                "words": sketch.words.astype(_SHORT_BYTES).tobytes(),
                "line_lengths": sketch.line_lengths.astype(_SHORT_BYTES).tobytes(),
            }

    def _amend(self, match: Match, earliest: str) -> None:
        """An article that came before was published after this one, and so is its near-duplicate."""
        self._amendments[self._index.key(match.number)] = self._amendment(
            {
                "article_id": self._article_id(match.number),
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
        # In parts, for all at once would be many times what the index keeps of them.
        query = query.limit(MAX_ARTICLES).execution_options(stream_results=True)
        with self._ledger.reading() as connection:
            for rows in connection.execute(query).partitions(_ROWS_AT_ONCE):
                self._last_number = max(self._last_number, rows[0].number)
                others = [row for row in rows if row.key not in self._own]
                self._index.add_all([*map(_entry, others)])
                for row in others:
                    self._at_hand.pop(row.key, None)
        self._own.clear()

    def _sketch(self, number: int) -> Sketch | None:
        """The sketch of an article of the index; None if another process has just dropped it."""
        text = self._text(number)
        return None if text is None else text.sketch

    def _article_id(self, number: int) -> str:
        """The id of an article that has just been found to match."""
        text = self._text(number)
        assert text is not None
        return text.article_id

    def _text(self, number: int) -> _Text | None:
        key = self._index.key(number)
        if key in self._at_hand:
            return self._at_hand[key]
        query = (
            select(sketches.c.article_id, sketches.c.lines, sketch_words.c.words, sketch_words.c.line_lengths)
            .join(sketches, sketches.c.key == sketch_words.c.key)
            .where(sketch_words.c.key == key)
        )
        with self._ledger.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        sketch = Sketch(
            np.frombuffer(row.words, _SHORT_BYTES),
            np.frombuffer(row.line_lengths, _SHORT_BYTES),
            np.frombuffer(row.lines, _HASH_BYTES),
        )
        self._at_hand[key] = text = _Text(row.article_id, sketch)
        return text

    def _prune(self, connection: Connection, now: int) -> None:
        """Drop what no window reaches any more, once a run."""
        old = sketches.c.seen_at < now - self.window
        connection.execute(
            delete(sketch_words).where(sketch_words.c.key.in_(select(sketches.c.key).where(old)))
        )
        connection.execute(delete(sketches).where(old))
        self._pruned = True


class _Text(NamedTuple):
    article_id: str
    sketch: Sketch


def _entry(row: Sequence[Any]) -> Entry:
    _, key, article_id, published_at, is_copy, prints, lines = row
    return Entry(
        key,
        article_id.partition(":")[0],
        published_at,
        np.frombuffer(prints, _HASH_BYTES),
        None if is_copy else np.frombuffer(lines, _HASH_BYTES),
    )

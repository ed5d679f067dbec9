"""The ledger's tables, in SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class LinkState(StrEnum):
    """What became of a link; all but the first two are terminal."""

    DISCOVERED = "discovered"
    """A channel showed it; it was not fetched yet."""
    STAGED = "staged"
    """Its article waits in the ledger for the next publish."""
    STORED = "stored"
    """Its article is a row of the dataset."""
    DUPLICATE = "duplicate"
    """It led to an article that has another link; the reason names the article."""
    UNCHANGED = "unchanged"
    """Its article is a row of the dataset, and the last re-check found it as it was."""
    FILTERED = "filtered"
    """It led to something we do not collect."""
    BLOCKED = "blocked"
    """robots.txt, a login or a safety rule forbids it."""
    GONE = "gone"
    """The outlet says that it is no more; a row once stored is kept."""
    FAILED = "failed"
    """It could not be fetched; it is tried again while it has a due time."""
    QUARANTINED = "quarantined"
    """It was fetched but made no valid row; the quarantine says where the page lies."""


STATES = tuple(LinkState)
"""A state's number in the tables is its place here: append, never reorder."""
STATE_NUMBERS = {state: number for number, state in enumerate(STATES)}
TERMINAL = frozenset(STATES) - {LinkState.DISCOVERED, LinkState.STAGED}

MAX_CHANNELS = 63
"""Channels of one outlet that a link can remember apart: the bits of a signed 64-bit number."""


class Words(TypeDecorator[str]):
    """Text from strangers as every database takes it: without lone surrogates and NUL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """The text, cleaned; in most cases there is nothing to clean."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.encode("utf-8", "replace").decode().replace("\0", "")


metadata = MetaData()

ledger = Table("ledger", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

outlets = Table(
    "outlets",
    metadata,
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False, unique=True),
    Column("rebuilt_at", BigInteger),  # since when all Parquet rows of the outlet are known to this ledger
    Column(
        "sketched_at", BigInteger
    ),  # since when this ledger has the sketches of the outlet's recent articles
)

channels = Table(
    "channels",
    metadata,
    Column("outlet", SmallInteger, primary_key=True, autoincrement=False),
    Column("bit", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Words, nullable=False),
    UniqueConstraint("outlet", "name"),
)

# Kept for ever, one row a link, so every byte counts: names are numbers, the address goes when it is no
# longer needed, and SQLite keeps the row in the key's own tree.
links = Table(
    "links",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("outlet", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("channels", BigInteger, nullable=False),
    Column("first_channel", SmallInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("revision", SmallInteger, nullable=False),
    Column("run", Integer),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("last_fetched_at", BigInteger),
    Column("month", Integer),
    Column("native_id", Words),  # article_id without the outlet's name
    Column("content_hash", LargeBinary),
    Column("reason", Words),
    Column("due_at", BigInteger),
    Column("url", Words),
    Column("etag", Words),
    Column("last_modified", Words),
    sqlite_with_rowid=False,
)
_LINKS_DUE = Index(
    "links_due",
    links.c.outlet,
    links.c.state,
    links.c.due_at,
    sqlite_where=links.c.due_at.is_not(None),
)


def prepare_for_server() -> None:
    """What is PostgreSQL's in the tables: named above, it would import that dialect for everybody."""
    _LINKS_DUE.dialect_options["postgresql"]["where"] = links.c.due_at.is_not(None)


staged = Table(
    "staged",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("outlet", SmallInteger, nullable=False),
    Column("month", Integer, nullable=False),
    Column("key", LargeBinary(16), nullable=False, index=True),
    Column("article_id", Words, nullable=False),
    Column("row", Text, nullable=False),
    Index("staged_partition", "outlet", "month"),
    sqlite_autoincrement=True,  # the id of a published row must never come back
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("outlet", SmallInteger, nullable=False, index=True),
    Column("run", Integer),
    Column("fetched_at", BigInteger, nullable=False),
    Column("reason", Words),
    Column("url", Words),
    Column("raw_file", Words),
    Column("raw_offset", BigInteger),
)

listings = Table(
    "listings",
    metadata,
    Column("outlet", SmallInteger, primary_key=True, autoincrement=False),
    Column("channel", Words, primary_key=True),
    Column("etag", Words),
    Column("last_modified", Words),
    Column("body_hash", LargeBinary),
    Column("links", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("deep_swept_at", BigInteger),
)

runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("run_id", String(128), nullable=False, unique=True),
    Column("outlet", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("due_at", BigInteger),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("exit_code", SmallInteger),
    Column("reason", Words),
    Column("pid", Integer),
    Column("counts", Text),
    Index("runs_outlet", "outlet", "number"),
    sqlite_autoincrement=True,
)

# How many links are in which state, kept beside the links in the same transactions, so that nobody has to
# count millions. Run 0 stands for the whole outlet; a run's own numbers stay when later runs take its links.
tallies = Table(
    "tallies",
    metadata,
    Column("outlet", SmallInteger, primary_key=True, autoincrement=False),
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, primary_key=True, autoincrement=False),
    Column("links", BigInteger, nullable=False),
)

# The texts of the last weeks as numbers, by which near-duplicates are found; the words lie apart, because
# they are read for few and the rest for all.
sketches = Table(
    "sketches",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", LargeBinary(16), nullable=False, unique=True),
    Column("article_id", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("is_copy", SmallInteger, nullable=False),
    Column("fingerprints", LargeBinary, nullable=False),
    Column("lines", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a reader asks for numbers above those it has
)

sketch_words = Table(
    "sketch_words",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("words", LargeBinary, nullable=False),
    Column("line_lengths", LargeBinary, nullable=False),
)

# What is still to be written into rows of the dataset; each outlet's own next publish does it.
amendments = Table(
    "amendments",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("outlet", SmallInteger, nullable=False),
    Column("article_id", Text, nullable=False),
    Column("duplicate_of", Text, nullable=False),
    Column("similarity", Double, nullable=False),
)

Migration = Callable[[Connection], None]


def _compare_texts(connection: Connection) -> None:
    """To version 2: what near-duplicates are found by. The first sketches had no mark of names; they go."""
    metadata.drop_all(connection, tables=[sketches, sketch_words])
    metadata.create_all(connection, tables=[sketches, sketch_words, amendments])
    connection.execute(text("ALTER TABLE outlets ADD COLUMN sketched_at BIGINT"))


MIGRATIONS: tuple[Migration, ...] = (_compare_texts,)
"""The steps from version 1 upward, in order. Each runs in one transaction with the new version number.

A step that makes tables makes them as they are now: who changes these tables writes out their old form there.
"""

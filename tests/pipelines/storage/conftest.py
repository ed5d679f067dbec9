"""Ledgers for tests: each test of `ledger` runs on SQLite and on a private PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.storage.ledger import Ledger
from tests.pipelines.storage.postgres import PrivatePostgres
from tests.pipelines.storage.samples import begun


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new ledger may lie."""
    if request.param == "sqlite":
        return str(tmp_path / "state" / "ledger.sqlite")
    server: PrivatePostgres = request.getfixturevalue("postgres")
    return server.empty_database()


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A ledger with the run that the samples belong to."""
    with Ledger.open(ledger_url) as opened:
        yield begun(opened)

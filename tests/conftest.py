"""What tests of several rooms need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipelines.storage.postgres import NoPostgres, PrivatePostgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """A private PostgreSQL server; where none can be started, the test is skipped and says so."""
    try:
        server = PrivatePostgres()
    except NoPostgres as error:
        pytest.skip(f"not tested on PostgreSQL: {error}")
    yield server
    server.close()

"""A sample of what `make chaos` does in full: a ledger on PostgreSQL, the crawl killed as it speaks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import strace
from tests.faults.server_ledger import ServerLaboratory
from tests.pipelines.storage.postgres import NoPostgres

pytestmark = pytest.mark.skipif(not strace.available(), reason=strace.MISSING)


@pytest.fixture(scope="module")
def laboratory() -> Iterator[ServerLaboratory]:
    try:
        laboratory = ServerLaboratory()
    except NoPostgres as error:
        pytest.skip(f"not tested on PostgreSQL: {error}")
    with laboratory:
        yield laboratory


@pytest.fixture(scope="module")
def messages(laboratory: ServerLaboratory) -> list[strace.Point]:
    return laboratory.points_of_talk()


@pytest.mark.parametrize("share", [0.15, 0.3, 0.45, 0.6, 0.75, 0.9])
def test_a_kill_at_a_message_to_the_server_loses_nothing(
    laboratory: ServerLaboratory, messages: list[strace.Point], share: float
) -> None:
    laboratory.kill_at(messages[int(share * len(messages))])


@pytest.mark.parametrize("share", [0.05, 0.15, 0.3])
def test_a_lost_connection_is_said_and_loses_nothing(
    laboratory: ServerLaboratory, messages: list[strace.Point], share: float
) -> None:
    assert laboratory.lose_connection_at(messages[int(share * len(messages))])

"""Any order of discovering, fetching, failing, publishing, dying and losing the ledger keeps the promises.

`make test` walks a sample of histories, `make chaos` 500 of 50 steps on each database.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from pipelines.storage.ledger import Ledger, LinkState
from pipelines.storage.lock import OutletBusy, OutletLock
from pipelines.storage.partitions import partitions, read_partition
from pipelines.storage.publish import publish, sweep_leftovers
from pipelines.storage.rebuild import ensure_ledger, rebuild_ledger
from pipelines.storage.tables import STATES, links, staged
from tests.pipelines.storage.dying import Died, dying
from tests.pipelines.storage.postgres import PrivatePostgres
from tests.pipelines.storage.samples import OUTLET, begun, ended, fetched, key, link

ALIAS = 100
"""The link 100 + n leads to article n."""
JUNE = datetime(2024, 6, 1, tzinfo=UTC)

numbers = st.integers(0, 4)
texts = st.sampled_from(["one", "two", "three"])
deaths = st.one_of(st.none(), st.integers(0, 40))


class StorageMachine(RuleBasedStateMachine):
    """One outlet's ledger and dataset beside a model of what was acknowledged."""

    new_url: Callable[[Path], str]

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="asiadesk-machine-"))
        self.url = type(self).new_url(self.folder)
        self.now = 1000
        self.fetched: dict[int, list[str]] = {}
        """The texts of each article in the order in which the ledger took them for new."""
        self.published: dict[int, list[str]] = {}
        """Those of them that a publish acknowledged."""
        self.ledger = self._opened()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self._publish()
            self._check_files(complete=True)
            self.ledger.close()
            shutil.rmtree(self.folder)

    @rule(shown=st.lists(numbers, min_size=1, max_size=4), channel=st.sampled_from(["a", "b"]), death=deaths)
    def discover(self, shown: list[int], channel: str, death: int | None) -> None:
        found = [link(number, channel) for number in shown]
        known = self._survive(death, lambda: self.ledger.discover(OUTLET, found, self._tick()))
        assert [entry.key for entry in known] == [entry.key for entry in found]
        assert all(channel in entry.channels for entry in known)

    @rule(number=numbers, text=texts, alias=st.booleans(), moved=st.booleans(), death=deaths)
    def fetch(self, number: int, text: str, alias: bool, moved: bool, death: int | None) -> None:
        by = ALIAS + number if alias else number
        changes = {"published_at": JUNE} if moved else {}
        text = f"{text}, June" if moved else text  # the time is content too
        outcome = fetched(number, at=self._tick(), by=by, body=text, **changes)
        (state,) = self._survive(death, lambda: self.ledger.record([outcome], self.now))
        history = self.fetched.setdefault(number, [])
        if not history or history[-1] != text:
            history.append(text)
            assert state is (LinkState.DUPLICATE if alias else LinkState.STAGED)
        else:
            assert state in ([LinkState.DUPLICATE] if alias else [LinkState.UNCHANGED, LinkState.STAGED])

    @rule(
        number=numbers,
        state=st.sampled_from([LinkState.FAILED, LinkState.GONE, LinkState.UNCHANGED, LinkState.QUARANTINED]),
        death=deaths,
    )
    def end(self, number: int, state: LinkState, death: int | None) -> None:
        outcome = ended(number, state, at=self._tick(), reason="because")
        self._survive(death, lambda: self.ledger.record([outcome], self.now))

    @rule(death=deaths)
    def publish(self, death: int | None) -> None:
        self._survive(death, self._publish)

    @rule(hours=st.integers(-5, 5))
    def jump(self, hours: int) -> None:
        self.now += hours * 3600

    @rule()
    def second_writer(self) -> None:
        with pytest.raises(OutletBusy):
            OutletLock(self.folder, OUTLET).acquire("second")
        with Ledger.open(self.url) as other:
            if other.on_server:
                with pytest.raises(OutletBusy):
                    other.begin_run("second", OUTLET)
            other.discover("other_times", [link(999, "c")], self.now)

    @rule()
    def rebuild(self) -> None:
        assert rebuild_ledger(self.ledger, self.folder, OUTLET) == 0

    @rule()
    def die_and_recover(self) -> None:
        self._restart()

    @precondition(lambda self: not self.ledger.on_server)
    @rule()
    def lose_the_ledger(self) -> None:
        self._close()
        shutil.rmtree(self.folder / "state")
        self.ledger = self._opened()
        self._forget_what_was_only_staged()

    @invariant()
    def counts_and_rows_agree(self) -> None:
        if not hasattr(self, "ledger"):
            return
        with self.ledger.reading() as connection:
            number = self.ledger.find_outlet(OUTLET)
            query = (
                select(links.c.state, func.count()).where(links.c.outlet == number).group_by(links.c.state)
            )
            counted = {STATES[state]: count for state, count in connection.execute(query)}
            waiting = set(connection.scalars(select(staged.c.key)))
            is_staged = set(connection.scalars(select(links.c.key).where(links.c.state == 1)))
        assert self.ledger.counts(OUTLET) == counted
        assert is_staged <= waiting
        assert waiting <= {key(number) for number in self.fetched}

    @invariant()
    def files_are_whole_and_hold_what_was_published(self) -> None:
        if hasattr(self, "ledger"):
            self._check_files(complete=False)

    def _check_files(self, complete: bool) -> None:
        rows, earlier = self._rows("articles"), self._rows("revisions")
        assert max(Counter(row["article_id"] for row in rows).values(), default=1) == 1
        versions = Counter((row["article_id"], row["revision"], row["body"]) for row in earlier)
        assert max(versions.values(), default=1) == 1
        held: dict[int, list[str]] = {}
        for row in earlier + rows:
            held.setdefault(_number(row), []).append(row["body"])
        for number, texts in (self.fetched if complete else self.published).items():
            assert not Counter(texts) - Counter(held.get(number, [])), "a version is lost"
        assert set(held) <= set(self.fetched)
        if complete:
            assert {_number(row): row["body"] for row in rows} == {
                number: texts[-1] for number, texts in self.fetched.items()
            }
            stored = [link for link in map(self.ledger.link, map(key, self.fetched)) if link]
            assert {link.month for link in stored} <= {202405, 202406}
            assert len(stored) == len(rows)

    def _forget_what_was_only_staged(self) -> None:
        """Without its ledger, storage knows an article's versions from the files alone."""
        rows, earlier = self._rows("articles"), self._rows("revisions")
        self.fetched = {}
        for row in sorted(earlier, key=lambda row: row["revision"]) + rows:
            self.fetched.setdefault(_number(row), []).append(row["body"])

    def _rows(self, dataset: Any) -> list[dict[str, Any]]:
        found = partitions(self.folder, dataset, OUTLET)
        return [row for partition in found for row in read_partition(partition.path).to_pylist()]

    def _survive(self, death: int | None, work: Callable[[], Any]) -> Any:
        """Do the work; if it dies on the way, start again as a new run and do it once more."""
        if death is not None:
            try:
                with dying(death):
                    return work()
            except Died:
                self._restart()
        return work()

    def _publish(self) -> None:
        publish(self.ledger, self.folder, OUTLET)
        self.published = {number: list(texts) for number, texts in self.fetched.items()}

    def _tick(self) -> int:
        self.now += 1
        return self.now

    def _opened(self) -> Ledger:
        self.lock = OutletLock(self.folder, OUTLET)
        self.lock.acquire("run")
        ledger = Ledger.open(self.url)
        sweep_leftovers(self.folder, OUTLET)
        ensure_ledger(ledger, self.folder, OUTLET)
        return begun(ledger)

    def _close(self) -> None:
        self.ledger.close()
        self.lock.release()

    def _restart(self) -> None:
        self._close()
        self.ledger = self._opened()
        assert not list(self.folder.rglob(".*.tmp"))


def _number(row: dict[str, Any]) -> int:
    return int(row["article_id"].partition(":")[2])


def _walk(new_url: Callable[[Path], str], histories: int, steps: int) -> None:
    machine = type("Machine", (StorageMachine,), {"new_url": staticmethod(new_url)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(("histories", "steps"), [(15, 25), pytest.param(500, 50, marks=pytest.mark.chaos)])
def test_any_history_keeps_the_promises_on_sqlite(histories: int, steps: int) -> None:
    _walk(lambda folder: str(folder / "state" / "ledger.sqlite"), histories, steps)


@pytest.mark.parametrize(("histories", "steps"), [(8, 25), pytest.param(500, 50, marks=pytest.mark.chaos)])
def test_any_history_keeps_the_promises_on_postgresql(
    postgres: PrivatePostgres, histories: int, steps: int
) -> None:
    _walk(lambda folder: postgres.empty_database(), histories, steps)

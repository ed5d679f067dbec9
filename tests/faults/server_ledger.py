"""Crawls in small whose ledger is on a PostgreSQL server, killed as they speak to it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import TracebackType

from crawler.exit_codes import LEDGER
from tests.faults import strace
from tests.faults.campaign import KEYS, Laboratory, Said
from tests.faults.invariants import Contents, read_contents, require
from tests.faults.small_crawl import NOW, OUTLET
from tests.pipelines.storage.postgres import PrivatePostgres


class ServerLaboratory(Laboratory):
    """The laboratory of the faults of a disk, each data folder with a database of its own.

    Raises NoPostgres where no server can be started.
    """

    def __init__(self) -> None:
        self._server_of_ledgers = PrivatePostgres()
        try:
            self._server_of_ledgers.create_database("begun")
            super().__init__()
        except BaseException:
            self._server_of_ledgers.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._server_of_ledgers.close()

    def ledger(self, data_dir: Path) -> str:
        return self._server_of_ledgers.url_of(data_dir.name)

    def contents(self, data_dir: Path) -> Contents:
        return read_contents(self.place(data_dir), OUTLET, KEYS, self.ledger(data_dir))

    def fresh(self) -> Path:
        data_dir = super().fresh()
        self._await_silence("begun")
        self._server_of_ledgers.create_database(data_dir.name, template="begun")
        return data_dir

    def points_of_talk(self) -> list[strace.Point]:
        """Every message that a crawl sends to the server or takes from it."""
        options = (f"--trace={','.join(strace.TALKING)}",)
        ended, log = self.traced(self.fresh(), "disturbed", NOW, options)
        require(ended == 0, "I8", f"a crawl only watched ended with {ended}")
        return strace.points_of_talk(log)

    def lose_connection_at(self, point: strace.Point) -> bool:
        """The server ends the connection at this message: the run says so with 21, and writes no more.

        Returns whether the crawl came so far: it sends fewer messages where more pages share a commit.
        """

        def work(folder: Path) -> int:
            pid = self.start(folder, "disturbed", NOW, stopped=True)
            log = self._room / f"{folder.name}-disturbed.strace"
            tracer = strace.attach(pid, log, *point.stopping())
            os.kill(pid, signal.SIGCONT)
            nonlocal is_lost
            is_lost = strace.has_stopped(pid, log)
            if is_lost:
                self._server_of_ledgers.disconnect(folder.name)
                os.kill(pid, signal.SIGCONT)
            ended = self.wait()
            tracer.communicate()
            require(ended == (LEDGER if is_lost else 0), "I8", f"ended with {ended}")
            return ended

        is_lost = False
        self.disturb(work)
        return is_lost

    def check(self, data_dir: Path, disturbed: Said, ended: int) -> None:
        self._await_silence(data_dir.name)
        super().check(data_dir, disturbed, ended)
        self._server_of_ledgers.drop_database(data_dir.name)

    def _await_silence(self, database: str) -> None:
        """Wait until the server has noticed that nobody is there: until then the dead hold their locks."""
        deadline = time.monotonic() + 20
        while self._server_of_ledgers.connections(database):
            require(time.monotonic() < deadline, "I8", f"{database}: a dead crawl is still connected")
            time.sleep(0.02)

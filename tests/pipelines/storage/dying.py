"""Death at a chosen step of those by which things reach the disk; after it comes no other."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from pipelines.storage import partitions
from pipelines.storage.database import Database


class Died(BaseException):
    """The process would be dead now."""


class Death:
    """Comes at the given step; from then on every step dies, so that no clean-up leaves a trace."""

    def __init__(self, at_step: int):
        self.steps_left = at_step

    def step(self) -> None:
        """One more thing that reaches the disk, or does not."""
        if self.steps_left == 0:
            raise Died
        self.steps_left -= 1


@contextmanager
def dying(at_step: int) -> Iterator[Death]:
    """Within it, writing dies at that step: before, within or after it took effect."""
    death = Death(at_step)
    write, fsync = partitions._write_durably, os.fsync
    replace, unlink, mkdir = Path.replace, Path.unlink, Path.mkdir
    transaction = Database._transaction

    def dying_write(path: Path, groups: partitions.RowGroups) -> int:
        death.step()
        content = io.BytesIO()
        partitions.encode(groups, content)
        path.write_bytes(content.getvalue()[: content.tell() // 2])
        death.step()
        unlink(path)
        return write(path, groups)

    def stepping(function: Any) -> Any:
        def with_steps(*arguments: Any, **options: Any) -> Any:
            death.step()
            result = function(*arguments, **options)
            death.step()
            return result

        return with_steps

    @contextmanager
    def dying_transaction(self: Database, writes: bool) -> Iterator[Connection]:
        death.step()
        with transaction(self, writes) as connection:
            yield connection
            death.step()
        death.step()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "_write_durably", dying_write)
        patch.setattr(os, "fsync", stepping(fsync))
        for name, function in (("replace", replace), ("unlink", unlink), ("mkdir", mkdir)):
            patch.setattr(Path, name, stepping(function))
        patch.setattr(Database, "_transaction", dying_transaction)
        yield death

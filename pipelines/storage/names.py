"""The short numbers that stand for outlets, channels and runs in the ledger's rows."""

from __future__ import annotations

import re
from functools import lru_cache

from sqlalchemy import Engine, func, select

from pipelines.storage.database import Database
from pipelines.storage.errors import OutletBusy
from pipelines.storage.server_lock import server_lock_holder, take_server_lock
from pipelines.storage.tables import MAX_CHANNELS, channels, outlets, runs

OTHER_CHANNEL = "other"
"""The name that all channels of an outlet share after the first 62."""

_NO_OUTLET = -1
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,63}")


@lru_cache(maxsize=256)
def outlet_slug(outlet: str) -> str:
    """The outlet's name, proven fit for a path. Raises ValueError for anything but our own slugs."""
    if not _SLUG.fullmatch(outlet):
        raise ValueError(f"{outlet!r} is no outlet: names are lower-case letters, digits and _")
    return outlet


class Names(Database):
    """Outlets, channels and runs by number. A number once given never changes, so each is looked up once."""

    def __init__(self, engine: Engine, place: str):
        super().__init__(engine, place)
        self._outlet_numbers: dict[str, int] = {}
        self._outlet_names: dict[int, str] = {}
        self._channel_bits: dict[tuple[int, str], int] = {}
        self._run_numbers: dict[str, int] = {}
        self._locked: set[int] = set()
        self._channel_tuples: dict[tuple[int, int, int], tuple[str, ...]] = {}

    def outlets(self) -> list[str]:
        """All outlets that the ledger knows, in alphabetical order."""
        self._load_names()
        return sorted(self._outlet_numbers)

    def find_outlet(self, outlet: str) -> int:
        """The outlet's number, or one that no outlet has."""
        if outlet not in self._outlet_numbers:
            self._load_names()
        return self._outlet_numbers.get(outlet, _NO_OUTLET)

    def outlet_number(self, outlet: str) -> int:
        """The outlet's number; a new outlet is given one."""
        number: int | None = self.find_outlet(outlet_slug(outlet))
        number = None if number == _NO_OUTLET else number
        while number is None:
            with self.writing() as connection:
                free = select(func.coalesce(func.max(outlets.c.number) + 1, 0)).scalar_subquery()
                connection.execute(
                    self.insert(outlets).values(number=free, name=outlet).on_conflict_do_nothing()
                )
            self._load_names()
            number = self._outlet_numbers.get(outlet)
        return number

    def outlet_name(self, number: int) -> str:
        """The name of an outlet that has a number."""
        if number not in self._outlet_names:
            self._load_names()
        return self._outlet_names[number]

    def lock_outlet(self, outlet: str, run_id: str) -> None:
        """Keep the outlet for one run on all machines that share the ledger, until it is closed or lost.

        A ledger in a file leaves this to OutletLock. Raises OutletBusy, naming the holder.
        """
        if not self.on_server:
            return
        number = self.outlet_number(outlet)
        with self.writing() as connection:
            holder = None if number in self._locked else take_server_lock(connection, number, run_id)
        if holder is not None:
            raise OutletBusy(f"{outlet} is being crawled by {holder}: ledger {self.place}")
        self._locked.add(number)

    def outlet_holder(self, outlet: str) -> str | None:
        """Who has the outlet by `lock_outlet`, in words; None if nobody has, or if the ledger is a file."""
        number = self.find_outlet(outlet_slug(outlet)) if self.on_server else _NO_OUTLET
        if number == _NO_OUTLET:
            return None
        with self.reading() as connection:
            return server_lock_holder(connection, number)

    def channel_bit(self, outlet: int, channel: str) -> int:
        """The bit that stands for a channel in the outlet's links; a new channel is given one."""
        bit = self._channel_bits.get((outlet, channel))
        if bit is None:
            self._load_names()
            bit = self._channel_bits.get((outlet, channel))
        while bit is None:
            taken = sum(1 for known, _ in self._channel_bits if known == outlet)
            if taken >= MAX_CHANNELS - 1 and channel != OTHER_CHANNEL:
                return self.channel_bit(outlet, OTHER_CHANNEL)
            with self.writing() as connection:
                connection.execute(
                    self.insert(channels)
                    .values(outlet=outlet, bit=taken, name=channel)
                    .on_conflict_do_nothing()
                )
            self._load_names()
            bit = self._channel_bits.get((outlet, channel))
        return bit

    def channel_names(self, outlet: int, mask: int, first: int) -> tuple[str, ...]:
        """The channels of a link, the one that showed it first in front."""
        names = self._channel_tuples.get((outlet, mask, first))
        if names is None:
            by_bit = self._names_by_bit(outlet)
            if mask & ~sum(1 << bit for bit in by_bit):
                self._load_names()
                by_bit = self._names_by_bit(outlet)
            shown = [bit for bit in sorted(by_bit) if mask >> bit & 1]
            shown.sort(key=lambda bit: bit != first)
            names = tuple(by_bit[bit] for bit in shown)
            self._channel_tuples[outlet, mask, first] = names
        return names

    def run_number(self, run_id: str) -> int:
        """The number of a run that was begun. Raises ValueError for one that was not."""
        number = self._run_numbers.get(run_id)
        if number is None:
            with self.reading() as connection:
                number = connection.scalar(select(runs.c.number).where(runs.c.run_id == run_id))
            if number is None:
                raise ValueError(f"run {run_id!r} was never begun in ledger {self.place}")
            self._run_numbers[run_id] = number
        return number

    def _names_by_bit(self, outlet: int) -> dict[int, str]:
        return {bit: name for (known, name), bit in self._channel_bits.items() if known == outlet}

    def _load_names(self) -> None:
        with self.reading() as connection:
            self._outlet_numbers = {
                name: number for number, name in connection.execute(select(outlets.c.number, outlets.c.name))
            }
            self._outlet_names = {number: name for name, number in self._outlet_numbers.items()}
            self._channel_bits = {
                (outlet, name): bit
                for outlet, bit, name in connection.execute(
                    select(channels.c.outlet, channels.c.bit, channels.c.name)
                )
            }

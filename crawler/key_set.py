"""KeySet: keys that a run remembers to its end, of which there may be hundreds of thousands."""

from __future__ import annotations

from array import array

_FEWEST_SLOTS = 64


class KeySet:
    """A set of keys that are hashes already, in 12 to 24 bytes each; Python's own takes a hundred.

    It tells keys apart by their first eight bytes. Of 300,000 keys two are taken for one with a chance of one
    in four hundred million.
    """

    __slots__ = ("_count", "_slots")

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FEWEST_SLOTS))
        self._count = 0

    def __contains__(self, key: bytes) -> bool:
        return bool(self._slots[self._place(_print(key))])

    def __len__(self) -> int:
        return self._count

    def add(self, key: bytes) -> None:
        """Remember a key of eight bytes or more."""
        own = _print(key)
        place = self._place(own)
        if self._slots[place]:
            return
        self._slots[place] = own
        self._count += 1
        if 3 * self._count > 2 * len(self._slots):
            self._widen()

    def _place(self, own: int) -> int:
        """The slot that holds it, or the free one where it belongs."""
        slots = self._slots
        last = len(slots) - 1
        place = own & last
        while (found := slots[place]) and found != own:
            place = place + 1 & last
        return place

    def _widen(self) -> None:
        old, self._slots = self._slots, array("Q", bytes(16 * len(self._slots)))
        for own in old:
            if own:
                self._slots[self._place(own)] = own


def _print(key: bytes) -> int:
    return int.from_bytes(key[:8], "little") or 1  # 0 is a free slot

"""What a disk may hold after a power loss, worked out from a trace of all that a process did to a folder.

The strict reading of POSIX: a write is on the disk only after fsync or fdatasync of that file, and a name
only after fsync of the folder that it is in. All else may be lost, or may have reached the disk up to any
point.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.strace import BOOKKEEPING, WRITING, Call, calls

TRACING = ("-y", "-xx", "-s", "16000000", f"--trace={','.join((*WRITING, *BOOKKEEPING))}")

SECTOR = 512
"""What a disk writes whole; the last write before the loss may end at any of these."""

_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_PATH_OF_NUMBER = re.compile(r"(-?\d+)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")

Cut = Callable[[int, int], int]
"""From how many changes are surely on the disk, and how many were made, to how many survived."""


@dataclass(slots=True)
class _Node:
    """A file or a folder with all changes ever made to it, and which of them were synced when."""

    changes: list[tuple[int, tuple]] = field(default_factory=list)
    synced: list[tuple[int, int]] = field(default_factory=list)
    is_folder: bool = False

    def durable(self, moment: int) -> int:
        return max((count for at, count in self.synced if at <= moment), default=0)

    def made(self, moment: int) -> int:
        return sum(1 for at, _ in self.changes if at <= moment)


class Disk:
    """A folder's history: its state at the start, then every traced change."""

    def __init__(self, folder: Path, before: Path | None = None) -> None:
        self._folder = str(folder)
        self._root = _Node(is_folder=True)
        self._now = -1
        self._positions: dict[int, int] = {}
        self._appending: set[int] = set()
        self.acknowledged: list[tuple[int, str]] = []
        """What the process wrote to its standard output, and when."""
        if before is not None:
            self._take(before, self._root)

    def _take(self, path: Path, node: _Node) -> None:
        for child in sorted(path.iterdir()):
            new = _Node(is_folder=child.is_dir())
            node.changes.append((-1, ("link", child.name, new)))
            if child.is_dir():
                self._take(child, new)
            else:
                new.changes.append((-1, ("write", 0, child.read_bytes())))
                new.synced.append((-1, 1))
        node.synced.append((-1, len(node.changes)))

    @property
    def length(self) -> int:
        """How many moments there are at which the power may go."""
        return self._now + 1

    def replay(self, log: Path) -> None:
        """Take in the log of a process that was traced with `TRACING`."""
        for call in calls(log):
            if call.result >= 0:
                self._now += 1
                action = getattr(self, f"_on_{call.name}", None)
                if action is not None:
                    action(call)

    # ---- What each call did

    def _on_openat(self, call: Call) -> None:
        flags = call.arguments
        position = _PATH_OF_NUMBER.search(f"{call.result}{call.remark}")
        full = position and self._inside(_plain(position[2]))
        if not full:
            self._positions.pop(call.result, None)
            return
        node = self._find(full)
        if node is None:
            node = _Node()
            self._change_folder(full, "link", node)
        elif "O_TRUNC" in flags:
            node.changes.append((self._now, ("cut", 0)))
        self._positions[call.result] = 0
        self._appending.discard(call.result)
        if "O_APPEND" in flags:
            self._appending.add(call.result)

    def _on_lseek(self, call: Call) -> None:
        number = int(call.arguments.partition("<")[0])
        if number in self._positions:
            self._positions[number] = call.result

    def _on_write(self, call: Call) -> None:
        number, node = self._number_and_node(call)
        data = b"".join(_bytes(match) for match in _STRING.findall(call.arguments))[: call.result]
        if number == 1:
            self.acknowledged += [(self._now, line) for line in data.decode().splitlines()]
        if node is not None:
            at = self._size(node) if number in self._appending else self._positions.get(number, 0)
            node.changes.append((self._now, ("write", at, data)))
            self._positions[number] = at + len(data)

    _on_writev = _on_write

    def _on_pwrite64(self, call: Call) -> None:
        _, node = self._number_and_node(call)
        if node is not None:
            data = _bytes(_STRING.findall(call.arguments)[0])[: call.result]
            node.changes.append((self._now, ("write", int(call.arguments.rpartition(", ")[2], 0), data)))

    def _on_ftruncate(self, call: Call) -> None:
        _, node = self._number_and_node(call)
        if node is not None:
            node.changes.append((self._now, ("cut", int(call.arguments.rpartition(", ")[2], 0))))

    def _on_fallocate(self, call: Call) -> None:
        raise NotImplementedError("the replay does not know fallocate: nothing used it so far")

    def _on_fsync(self, call: Call) -> None:
        _, node = self._number_and_node(call)
        if node is not None:
            node.synced.append((self._now, len(node.changes)))

    _on_fdatasync = _on_fsync

    def _on_mkdir(self, call: Call) -> None:
        if (path := self._inside(_texts(call)[0])) and self._find(path) is None:
            self._change_folder(path, "link", _Node(is_folder=True))

    _on_mkdirat = _on_mkdir

    def _on_unlink(self, call: Call) -> None:
        if path := self._inside(_texts(call)[0]):
            self._change_folder(path, "unlink", None)

    _on_unlinkat = _on_unlink
    _on_rmdir = _on_unlink

    def _on_rename(self, call: Call) -> None:
        old, new = (self._inside(text) for text in _texts(call)[:2])
        if old and new:
            assert old.rpartition("/")[0] == new.rpartition("/")[0], "only renames inside a folder are known"
            folder = self._find(old.rpartition("/")[0])
            assert folder is not None
            folder.changes.append((self._now, ("rename", old.rpartition("/")[2], new.rpartition("/")[2])))

    _on_renameat = _on_rename
    _on_renameat2 = _on_rename

    def _number_and_node(self, call: Call) -> tuple[int, _Node | None]:
        match = _PATH_OF_NUMBER.match(call.arguments)
        if match is None:
            return int(call.arguments.partition(",")[0]), None
        path = self._inside(_plain(match[2]))
        return int(match[1]), None if match[3] or path is None else self._find(path)

    def _inside(self, path: str) -> str | None:
        return path if path == self._folder or path.startswith(f"{self._folder}/") else None

    def _change_folder(self, path: str, kind: str, node: _Node | None) -> None:
        above, _, name = path.rpartition("/")
        folder = self._find(above)
        assert folder is not None, f"the folder of {path} is unknown"
        folder.changes.append((self._now, (kind, name, node)))

    def _find(self, path: str) -> _Node | None:
        """What the path leads to at this moment, for the running process."""
        node = self._root
        for name in filter(None, path.removeprefix(self._folder).split("/")):
            found = _names(node, len(node.changes)).get(name)
            if found is None:
                return None
            node = found
        return node

    def _size(self, node: _Node) -> int:
        return len(_content(node, len(node.changes)))

    # ---- What is left

    def write_state(self, target: Path, moment: int, cut: Cut, torn: random.Random | None = None) -> None:
        """Make the folder as the disk may hold it when the power goes right after `moment`.

        With `torn`, the last write that reached a file may be there in part.
        """
        self._write(self._root, target, moment, cut, torn)

    def _write(self, node: _Node, target: Path, moment: int, cut: Cut, torn: random.Random | None) -> None:
        durable, made = node.durable(moment), node.made(moment)
        kept = max(durable, min(made, cut(durable, made)))
        if node.is_folder:
            target.mkdir()
            for name, child in _names(node, kept).items():
                # Shared memory of SQLite is no file in truth: it does not outlive the machine.
                if not name.endswith("-shm"):
                    self._write(child, target / name, moment, cut, torn)
        else:
            target.write_bytes(_content(node, kept, torn if kept > durable else None))


def _names(folder: _Node, kept: int) -> dict[str, _Node]:
    names: dict[str, _Node] = {}
    for _, (kind, name, what) in folder.changes[:kept]:
        if kind == "link":
            names[name] = what
        elif kind == "unlink":
            names.pop(name, None)
        elif name in names:
            names[what] = names.pop(name)
    return names


def _content(file: _Node, kept: int, torn: random.Random | None = None) -> bytes:
    content = bytearray()
    for number, (_, change) in enumerate(file.changes[:kept], 1):
        if change[0] == "cut":
            content[change[1] :] = b"\0" * (change[1] - len(content))
            continue
        _, at, data = change
        if torn and number == kept and len(data) > SECTOR:
            data = data[: SECTOR * torn.randrange(len(data) // SECTOR + 1)]
        content.extend(b"\0" * (at - len(content)))
        content[at : at + len(data)] = data
    return bytes(content)


def _texts(call: Call) -> list[str]:
    return [_plain(text) for text in _STRING.findall(call.arguments)]


def _plain(hexadecimal: str) -> str:
    return _bytes(hexadecimal).decode()


def _bytes(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal.replace("\\x", ""))

import ctypes
import subprocess
import sys

import pytest

_FREED = """
from pathlib import Path
from pipelines.storage.heap import give_back_free_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes([1]) * 50_000 for _ in range(2000)]
kept = blocks[::50]  # what is still needed lies between the rest and the heap's end
del blocks
before = resident()
give_back_free_memory()
print(before - resident())
"""

_LARGE_BLOCKS = """
from pathlib import Path
from pipelines.storage.heap import keep_heap_small

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

keep_heap_small()
block = bytearray(b"1") * 20_000_000
del block
blocks = [bytearray(b"1") * 1_000_000 for _ in range(100)]
kept = blocks[::10]
before = resident()
del blocks
print(before - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("program", [_FREED, _LARGE_BLOCKS])
def test_freed_memory_goes_back_though_some_after_it_is_still_used(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        assert int(done.stdout) > 40_000_000

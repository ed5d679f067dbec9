"""Functions of storage run one after another, where they are told to."""

import asyncio
import threading

import pytest

from pipelines.storage_turns import StorageTurns


def threads_of(turns: StorageTurns, *asides: bool) -> list[str]:
    """The names of the threads in which functions with these values of `aside` ran."""

    async def all_of_them() -> list[str]:
        return [await turns.run(lambda: threading.current_thread().name, aside=aside) for aside in asides]

    return asyncio.run(all_of_them())


def test_a_function_runs_on_the_loops_thread_unless_it_is_to_run_aside():
    turns = StorageTurns()
    here = threading.current_thread().name
    assert threads_of(turns, False, True, False) == [here, "storage_0", here]
    turns.end()


def test_where_a_server_is_asked_all_run_aside():
    turns = StorageTurns(all_aside=True)
    assert threads_of(turns, False, True) == ["storage_0", "storage_0"]
    turns.end()


def test_while_one_runs_aside_the_loop_goes_on_and_the_next_functions_wait_in_order():
    turns = StorageTurns()
    told: list[str] = []
    may_end = threading.Event()

    def slow() -> None:
        may_end.wait(30)
        told.append("slow")

    async def scene() -> None:
        first = asyncio.ensure_future(turns.run(slow, aside=True))
        others = [asyncio.ensure_future(turns.run(lambda n=n: told.append(n))) for n in ("second", "third")]
        for _ in range(10):
            await asyncio.sleep(0)
        told.append("loop")
        may_end.set()
        await asyncio.gather(first, *others)

    asyncio.run(scene())
    assert told == ["loop", "slow", "second", "third"]
    turns.end()


@pytest.mark.parametrize("aside", [False, True])
def test_a_function_that_fails_says_so_and_the_next_one_has_its_turn(aside):
    turns = StorageTurns()

    async def scene() -> int:
        with pytest.raises(ZeroDivisionError):
            await turns.run(lambda: 1 // 0, aside=aside)
        return await turns.run(lambda: 7, aside=aside)

    assert asyncio.run(scene()) == 7
    turns.end()

"""Any input at all: each parser keeps its promises. Hundreds of cases here, 20,000 each in `make chaos`."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.coverage_guided import SEEDS
from tests.fuzz.pieces import INPUTS
from tests.fuzz.targets import TARGETS

SLOWEST_SECONDS = 5.0
"""Of the processor, for an input of a few kilobytes; what takes longer runs away on a larger one."""


def fuzz(name: str, cases: int) -> None:
    """Feed a target with so many inputs."""

    @settings(
        max_examples=cases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=cases < 1_000,
    )
    @given(INPUTS[name])
    def one(data: bytes) -> None:
        began = time.process_time()
        TARGETS[name](data)
        assert time.process_time() - began < SLOWEST_SECONDS

    one()


def test_every_target_has_input_and_a_seed_that_it_takes() -> None:
    assert INPUTS.keys() == TARGETS.keys() == SEEDS.keys()
    for name, seed in SEEDS.items():
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_a_few_hundred_inputs(name: str) -> None:
    fuzz(name, 100 if name == "article_page" else 300)


@pytest.mark.chaos
@pytest.mark.parametrize("name", TARGETS)
def test_twenty_thousand_inputs(name: str) -> None:
    fuzz(name, 20_000)

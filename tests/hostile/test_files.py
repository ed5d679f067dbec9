"""Every hostile file is read to an outcome with a name, in bounded time and memory."""

from __future__ import annotations

import pytest

from tests.hostile.files.registry import CLASSES, names
from tests.hostile.reading import Reading, all_classes, read

KINDS = all_classes()
MEMORY_MIB = 600
CPU_SECONDS = 35


def read_within_bounds(kind: str, name: str) -> Reading:
    reading = read(kind, name)
    assert reading.peak_memory_mib < MEMORY_MIB, f"{kind}/{name}: {reading}"
    assert reading.cpu_seconds < CPU_SECONDS, f"{kind}/{name}: {reading}"
    return reading


def test_there_are_enough_of_them() -> None:
    assert len(KINDS) >= 15
    assert sum(len(names(kind)) for kind in KINDS) >= 150
    assert all(len(set(names(kind))) == len(names(kind)) for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_some_files_of_each_class(kind: str) -> None:
    every_sixth = [name for index, (name, _) in enumerate(CLASSES[kind]()) if index % 6 == 1]
    for name in every_sixth:
        read_within_bounds(kind, name)


@pytest.mark.chaos
@pytest.mark.parametrize("kind", KINDS)
def test_all_files_of_each_class(kind: str) -> None:
    for name in names(kind):
        read_within_bounds(kind, name)


@pytest.mark.parametrize(
    ("kind", "name", "outcome"),
    [
        # markup that makes parsers blind is not taken for a short page
        ("nesting", "div-5000", "too-deep; without rules: too-deep"),
        ("nesting", "div-before-the-article", "too-deep; without rules: too-deep"),
        ("unclosed", "paragraphs", "too-many-tags; without rules: too-many-tags"),
        ("listings", "nested", "too-deep"),
        ("oversize", "64-mib", "too-large; without rules: too-large"),
        # links that are no addresses cost only themselves
        ("listings", "no-address", "1 links"),
        ("feeds", "nul", "2 links"),
        # entities are not expanded, neither from inside nor from outside
        ("feeds", "entity-bomb", "1 links"),
        ("feeds", "external-entity-0", "1 links"),
        ("sitemaps", "two-hundred-thousand", "50000 links"),
        ("walls", "consent", "consent-wall; without rules: consent-wall"),
        ("walls", "soft-404", "soft-404; without rules: soft-404"),
        ("json-ld", "two-values", "article; without rules: article"),
    ],
)
def test_outcomes_that_matter(kind: str, name: str, outcome: str) -> None:
    assert read_within_bounds(kind, name).outcome == outcome


@pytest.mark.parametrize("name", names("robots"))
def test_a_broken_robots_txt_that_forbids_nothing_to_us_lets_go(name: str) -> None:
    assert read_within_bounds("robots", name).outcome == "allowed"

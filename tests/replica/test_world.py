"""The world behind the replica follows from its seed, holds every trap and never ends."""

from __future__ import annotations

import pytest

from tests.replica.clock import epoch_of
from tests.replica.compose import compose
from tests.replica.deck import DECK
from tests.replica.world import World

START, END = epoch_of("2026-04-01"), epoch_of("2026-05-01")


def world(seed: int = 1, articles: int = 300) -> World:
    return World(seed, articles, START, END)


def told(made: World) -> list[tuple[str, int, object]]:
    return [(made.path(slot), slot.appears, compose(made, slot, len(slot.edits))) for slot in made.slots]


def test_the_same_seed_makes_the_same_world() -> None:
    assert told(world(seed=7)) == told(world(seed=7))


def test_another_seed_makes_another_world() -> None:
    assert told(world(seed=7)) != told(world(seed=8))


def test_looking_further_ahead_changes_nothing_that_was_there() -> None:
    short, long = world(), world()
    long.extend(END + 90 * 86400)
    assert told(short) == told(long)[: len(short.slots)]


def test_as_many_articles_as_asked_appear_between_the_dates_in_order() -> None:
    made = world(articles=300)
    appeared = [slot.appears for slot in made.slots if slot.appears <= END]
    assert len(appeared) == 300
    assert appeared == sorted(appeared)
    assert appeared[0] >= START


def test_articles_go_on_appearing_at_the_same_rate_after_the_end() -> None:
    made = world(articles=300)
    made.extend(END + 10 * 86400)
    assert sum(END < slot.appears <= END + 10 * 86400 for slot in made.slots) == pytest.approx(100, abs=2)


def test_every_hundred_articles_hold_every_kind() -> None:
    kinds = {card.name for card in DECK}
    made = world(articles=300)
    for start in (0, 100, 200):
        assert {slot.card.name for slot in made.slots[start : start + 100]} == kinds


def test_numbers_are_unique_and_grow_with_time() -> None:
    made = world(articles=2000)
    numbers = [slot.number for slot in made.slots]
    assert len(set(numbers)) == len(numbers)
    current = [slot.number for slot in made.slots if slot.card.era == "now"]
    assert current == sorted(current)


def test_numbers_are_those_of_the_real_site_at_that_time() -> None:
    made = World(1, 10, epoch_of("2025-11-03"), epoch_of("2025-11-04"))
    number = next(slot.number for slot in made.slots if slot.card.era == "now")
    assert 1123055000 < number < 1123070000


def test_an_article_is_published_shortly_before_it_appears() -> None:
    for slot in world().slots:
        if slot.card.era == "now" and slot.card.name != "late":
            assert 5 <= slot.appears - slot.published <= 240


def test_no_two_articles_say_the_same_but_reprints() -> None:
    made = world(articles=400)
    bodies: dict[tuple[str, ...], str] = {}
    for slot in made.slots:
        text = compose(made, slot, 0).paragraphs
        if text and slot.card.name != "reprint":
            assert text not in bodies, (made.path(slot), bodies.get(text))
            bodies[text] = made.path(slot)
    reprints = [slot for slot in made.slots if slot.card.name == "reprint" and made.reprint_source(slot)]
    assert reprints
    assert all(compose(made, slot, 0).paragraphs in bodies for slot in reprints)


@pytest.mark.parametrize(("articles", "start", "end"), [(0, START, END), (10, END, START)])
def test_an_impossible_world_is_refused(articles: int, start: int, end: int) -> None:
    with pytest.raises(ValueError, match="articles between"):
        World(1, articles, start, end)

import numpy as np

from pipelines.storage.line_counts import BOILERPLATE_ARTICLES, LineCounts
from pipelines.storage.sketches import sketch_of


def test_another_outlets_lines_are_not_boilerplate_here():
    counts = LineCounts()
    line = sketch_of("Follow us for more").lines
    here, there = counts.places(["herald", "tribune"], [line, line])
    for _ in range(BOILERPLATE_ARTICLES):
        assert not counts.are_boilerplate(here).any()
        counts.add(here)
    assert counts.are_boilerplate(here).all()
    assert not counts.are_boilerplate(there).any()


def test_many_articles_count_together_as_one_by_one():
    one_by_one, together = LineCounts(), LineCounts()
    lines = np.arange(1000, dtype=np.uint32)
    articles = [np.concatenate([lines[start:], lines[start:]]) for start in (0, 100, 200, 300)]
    places = one_by_one.places(["herald"] * 4, articles)
    for one in places:
        one_by_one.add(one)
    together.add_all(places)
    [every] = one_by_one.places(["herald"], [lines])
    expected = [False] * 300 + [True] * 700
    assert one_by_one.are_boilerplate(every).tolist() == together.are_boilerplate(every).tolist() == expected


def test_a_count_never_runs_over():
    counts = LineCounts()
    lines = np.arange(100, dtype=np.uint32)
    [places] = counts.places(["herald"], [lines])
    for _ in range(300):
        counts.add(places)
    counts.add_all([places] * 300)
    assert counts.are_boilerplate(places).all()
    [others] = counts.places(["herald"], [lines + np.uint32(5000)])
    assert not counts.are_boilerplate(others).any()


def test_the_two_counters_of_a_byte_do_not_disturb_each_other():
    counts = LineCounts()
    lines = np.random.default_rng(7).integers(0, 2**32, 400_000, dtype=np.uint32)
    [places] = counts.places(["herald"], [lines])
    often = places[:, :100_000]
    for _ in range(BOILERPLATE_ARTICLES):
        counts.add(often)
    counts.add(places[:, 100_000:])
    assert counts.are_boilerplate(often).all()
    assert counts.are_boilerplate(places[:, 100_000:]).mean() < 0.005

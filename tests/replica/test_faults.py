"""The replica fails as told, for the requests it was told, and the same way each time."""

from __future__ import annotations

import gzip
import http.client
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.replica.faults import Faults, Rule
from tests.replica.fetching import fetch
from tests.replica.server import Replica

SITE = "https://sputnikglobe.com"


@pytest.fixture(scope="module")
def shared() -> Iterator[Replica]:
    with Replica(articles=100, seed=2, end="2026-05-02T12:00") as running:
        yield running


@pytest.fixture
def replica(shared: Replica) -> Iterator[Replica]:
    yield shared
    shared.set_faults()


@pytest.fixture
def path(replica: Replica) -> str:
    news = next(article for article in replica.world()["articles"] if article["kind"] == "news")
    return news["url"].removeprefix(SITE)


def raw_answer(replica: Replica, path: str, *, limit: int = 2**24) -> bytes:
    """Everything that the server sends, until it ends or `limit` is reached."""
    received = b""
    with socket.create_connection(("127.0.0.1", urlsplit(replica.url).port or 0), timeout=5) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        while len(received) < limit and (data := client.recv(65536)):
            received += data
    return received


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_status_comes_with_its_headers(replica: Replica, path: str, status: int) -> None:
    replica.set_faults({"path": path, "kind": "status", "status": status, "headers": {"Retry-After": "7"}})
    answer = fetch(replica.url, path)
    assert answer.status == status
    assert answer.headers["retry-after"] == "7"
    assert fetch(replica.url, "/asia/").status == 200


def test_a_fault_ends_after_its_times(replica: Replica, path: str) -> None:
    replica.set_faults({"path": ".", "kind": "status", "times": 2})
    assert [fetch(replica.url, path).status for _ in range(3)] == [503, 503, 200]


def test_a_fault_can_count_by_path(replica: Replica, path: str) -> None:
    replica.set_faults({"path": ".", "kind": "status", "times_per_path": 1})
    assert [fetch(replica.url, asked).status for asked in (path, "/asia/", path, "/asia/")] == [
        503,
        503,
        200,
        200,
    ]


def test_a_share_picks_the_same_paths_in_any_order() -> None:
    rule = Rule(path=".", kind="status", share=0.2)
    paths = [f"/{number}" for number in range(1000)]

    def picked(order: list[str], seed: int = 1) -> set[str]:
        faults = Faults(seed, [rule])
        return {target for target in order if faults.pick(target)}

    assert picked(paths) == picked(paths[::-1])
    assert 150 < len(picked(paths)) < 250
    assert picked(paths) != picked(paths, seed=2)


def test_a_reset_drops_the_connection(replica: Replica, path: str) -> None:
    replica.set_faults({"path": path, "kind": "reset"})
    with pytest.raises(ConnectionResetError):
        raw_answer(replica, path)


def test_a_truncated_answer_ends_before_its_length(replica: Replica, path: str) -> None:
    replica.set_faults({"path": path, "kind": "truncate"})
    with pytest.raises(http.client.IncompleteRead):
        fetch(replica.url, path)


def test_cut_gzip_is_an_answer_of_the_right_length_whose_gzip_ends_early(replica: Replica, path: str) -> None:
    replica.set_faults({"path": path, "kind": "cut-gzip"})
    head, _, body = raw_answer(replica, path).partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head.lower()
    with pytest.raises(EOFError):
        gzip.decompress(body)


@pytest.mark.parametrize("drip", [False, True])
def test_a_slow_answer_is_whole_but_late(replica: Replica, path: str, drip: bool) -> None:
    whole = fetch(replica.url, path).body
    replica.set_faults({"path": path, "kind": "slow", "seconds": 0.3, "drip": drip})
    started = time.monotonic()
    assert fetch(replica.url, path).body == whole
    assert time.monotonic() - started >= 0.25


def test_endless_headers_do_not_end_by_themselves(replica: Replica, path: str) -> None:
    replica.set_faults({"path": path, "kind": "endless-headers", "seconds": 5})
    received = raw_answer(replica, path, limit=500_000)
    assert len(received) >= 500_000
    assert b"\r\n\r\n" not in received


def test_an_empty_answer_has_no_body(replica: Replica, path: str) -> None:
    replica.set_faults({"path": path, "kind": "empty"})
    answer = fetch(replica.url, path)
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("kind", "status", "title"),
    [("consent", 200, "Before you continue"), ("challenge", 403, "Just a moment")],
)
def test_walls_stand_in_front_of_the_article(
    replica: Replica, path: str, kind: str, status: int, title: str
) -> None:
    replica.set_faults({"path": path, "kind": kind})
    answer = fetch(replica.url, path)
    assert answer.status == status
    assert title in answer.text
    assert "article__body" not in answer.text


def test_a_nested_page_holds_the_article_five_thousand_tags_deep(replica: Replica, path: str) -> None:
    replica.set_faults({"path": path, "kind": "nested"})
    text = fetch(replica.url, path).text
    assert text.count("<div><div>") > 2000
    assert "article__body" in text


def test_a_page_without_date_has_no_date_but_in_its_address(replica: Replica) -> None:
    for article in replica.world()["articles"]:
        path = article["url"].removeprefix(SITE)
        replica.set_faults()
        if (before := fetch(replica.url, path)).status != 200:
            continue
        replica.set_faults({"path": ".", "kind": "no-date"})
        answer = fetch(replica.url, path)
        assert answer.status == 200
        for mark in ("data-unixtime", "published_time", "p_ts", "datePublished", "GMT", 'itemprop="date'):
            assert mark not in answer.text, (mark, path)
        assert len(answer.text) > len(before.text) * 0.8


def test_a_channel_without_items_keeps_its_frame(replica: Replica) -> None:
    replica.set_faults({"path": ".", "kind": "no-items"})
    assert 'class="list list-tag"' in fetch(replica.url, "/asia/").text
    for path, item in (
        ("/asia/", "list__title"),
        ("/export/rss2/archive/index.xml", "<item>"),
        ("/sitemap_article_index.xml", "<loc>"),
    ):
        assert item not in fetch(replica.url, path).text


def test_another_layout_has_none_of_the_known_classes(replica: Replica, path: str) -> None:
    replica.set_faults({"path": ".", "kind": "layout"})
    for asked, mark in ((path, ".article__text"), ("/asia/", ".list__title")):
        answer = fetch(replica.url, asked)
        assert answer.tree.css_first(mark) is None
        assert answer.tree.css_first(mark.replace("__", "-new-")) is not None


@pytest.mark.parametrize(
    "rule",
    [
        {"path": "."},
        {"path": ".", "kind": "boredom"},
        {"path": ".", "kind": "slow", "second": 1},
        {"path": "(", "kind": "slow"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(replica: Replica, rule: dict[str, object]) -> None:
    answer = fetch(replica.url, "/__faults", method="POST", body=[rule])
    assert answer.status == 400
    assert "error" in answer.json

"""robots.txt: what it allows us, in whatever state it comes."""

from __future__ import annotations

import time

import pytest

from crawler.robots import MAX_BYTES, RobotsRules, robots_text


def rules(text: str) -> RobotsRules:
    return RobotsRules(text, "asiadesk")


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/asia/", True),
        ("User-agent: *\nDisallow: /services/", "/services/asia/more.html", False),
        ("User-agent: *\nDisallow: /services/", "/asia/", True),
        ("User-agent: *\nDisallow: *-print.html$", "/20260101/a-1-print.html", False),
        ("User-agent: *\nDisallow: /", "/asia/", False),
        # our own group stands alone
        ("User-agent: *\nDisallow: /\nUser-agent: asiadesk\nDisallow: /x", "/asia/", True),
        ("User-agent: ASIADESK\nDisallow: /asia", "/asia/", False),
        ("User-agent: other\nUser-agent: asiadesk\nDisallow: /asia", "/asia/", False),
        ("User-agent: other\nDisallow: /", "/asia/", True),
        ("User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /x", "/asia/", True),
        ("User-agent: asia\nDisallow: /", "/asia/", True),
        ("User-agent: asiadesk-news\nDisallow: /", "/asia/", True),
        # as webmasters copy us from their logs
        ("User-agent: asiadesk/0.1\nDisallow: /asia", "/asia/", False),
        ("User-agent: Asiadesk/0.1 (+https://asiadesk.example)\nDisallow: /asia", "/asia/", False),
        ("User-agent: *\0\nDisallow: /asia", "/asia/", False),
        ("User-agent: 8legs\nDisallow: /asia", "/asia/", True),
        # the longest rule wins, and allow over disallow
        ("User-agent: *\nDisallow: /asia/\nAllow: /asia/2026", "/asia/2026/a.html", True),
        # whatever else a server puts there
        ("<html><body>Not found</body></html>", "/asia/", True),
        ("﻿User-agent: *\nDisallow: /asia", "/asia/", False),
        ("User-agent: *\r\nDisallow: /asia\r", "/asia/", False),
        ("user-agent:*\ndisallow:/asia # comment", "/asia/", False),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:
    assert rules(text.lstrip("\ufeff")).allows("https://site.example" + path) is allowed


@pytest.mark.parametrize(
    ("line", "gap"),
    [
        ("Crawl-delay: 5", 5),
        ("Crawl-delay: 0.5", 0.5),
        ("Request-rate: 1/10", 10),
        ("Request-rate: 1/2m\nCrawl-delay: 5", 120),
        ("Crawl-delay: soon", 0),
        ("Crawl-delay: -5", 0),
        ("Crawl-delay: nan", 0),
        ("Crawl-delay: inf", 0),
        ("Request-rate: 1/0", 0),
    ],
)
def test_the_gap_that_it_asks_for(line: str, gap: float) -> None:
    assert rules(f"User-agent: *\n{line}").gap == gap


def test_the_gap_of_other_crawlers_is_not_ours() -> None:
    assert rules("User-agent: slowbot\nCrawl-delay: 60\n\nUser-agent: *\nCrawl-delay: 2").gap == 2


def test_only_the_first_half_mebibyte_is_read_and_no_line_is_cut() -> None:
    body = b"User-agent: *\nDisallow: /early\n" + b"# padding\n" * 60_000 + b"Disallow: /late\n"
    text = robots_text(body)
    assert len(text) <= MAX_BYTES
    assert text.endswith("padding\n")
    assert not rules(text).allows("https://site.example/early")
    assert rules(text).allows("https://site.example/late")


def test_old_line_ends_and_a_first_line_without_end_count_too() -> None:
    old = b"User-agent: *\rDisallow: /early\r" + b"# padding\r" * 60_000
    assert not rules(robots_text(old)).allows("https://site.example/early")
    assert robots_text(b"#" * 2 * MAX_BYTES) == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_an_editor_saved_in_its_own_encoding_is_obeyed(encoding: str) -> None:
    text = robots_text("User-agent: *\nDisallow: /asia".encode(encoding))
    assert not rules(text).allows("https://site.example/asia/")


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00U", b"\xef\xbb\xbfUser-agent: *", b"\x00" * 100, bytes(range(256))]
)
def test_any_bytes_become_text(body: bytes) -> None:
    rules(robots_text(body)).allows("https://site.example/")


@pytest.mark.parametrize(
    "bomb",
    [
        "\n".join(f"User-agent: bot{n}" for n in range(15_000)) + "\n" + "Disallow: /a*b\n" * 15_000,
        "User-agent: *\nDisallow: /" + "*a" * 100_000 + "$",
        "User-agent: *\n" + "Disallow: /*a*b*c*d*e\n" * 20_000,
        "User-agent: *\nDisallow: /" + "%41" * 100_000,
        "a" * MAX_BYTES,
        "\n" * MAX_BYTES,
        "User-agent:" * 40_000,
    ],
    ids=[
        "agents times rules",
        "stars in a rule",
        "many stars",
        "percent",
        "one line",
        "no lines",
        "agents in a line",
    ],
)
def test_a_robots_bomb_costs_seconds_at_most(bomb: str) -> None:
    began = time.perf_counter()
    found = rules(bomb)
    for _ in range(20):
        found.allows("https://site.example/" + "abcde" * 400)
    assert time.perf_counter() - began < 5

"""What is refused before anything is sent, and the limit of memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from crawler.safety import Guard, Origin, Refused, RefuseUnsafe, peak_memory_mib

ROOT = Path(__file__).parents[2]
ORIGIN = Origin.of("http://127.0.0.1:8123")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://sputnikglobe.com/asia/", None),
        ("http://sputnikglobe.com:80/", None),
        ("https://93.184.215.14/", None),
        ("http://127.0.0.1:8123/asia/", None),  # the origin
        ("https://127.0.0.1:8123/asia/", "port"),
        ("http://127.0.0.1/", "address"),
        ("http://127.0.0.1:8124/", "port"),
        ("https://sputnikglobe.com:8443/", "port"),
        ("https://sputnikglobe.com:99999/", "address"),
        ("https://sputnikglobe.com:x/", "address"),
        ("https:///asia/", "address"),
        ("http://[fe80::1%25eth0]/", "address"),
        ("ftp://sputnikglobe.com/", "scheme"),
        ("HTTP+UNIX://sputnikglobe.com/", "scheme"),
        ("", "scheme"),
    ],
)
def test_a_url_is_judged_before_it_is_requested(url: str, reason: str | None) -> None:
    guard = Guard(origin=ORIGIN)
    if reason is None:
        guard.check_url(url)
        return
    with pytest.raises(Refused) as caught:
        guard.check_url(url)
    assert caught.value.reason == reason


def test_a_request_is_judged_before_robots_txt_or_a_turn_is_asked_for() -> None:
    crawl = get_crawler()
    crawl.spider = Spider("any")
    with pytest.raises(Refused):
        RefuseUnsafe.from_crawler(crawl).process_request(Request("http://127.0.0.1/"))


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1:8123", "http://", "http://a:b/"])
def test_an_origin_is_an_http_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Origin.of(url)


TAKE_TOO_MUCH = """
import resource
from crawler.safety import limit_memory
limit_memory(2_000)
before = resource.getrlimit(resource.RLIMIT_AS)
limit_memory(4_000)
assert before == resource.getrlimit(resource.RLIMIT_AS)
bytearray(3_000 * 1024 * 1024)
"""


def test_the_kernel_holds_the_process_below_its_limit_and_a_lower_one_stays() -> None:
    # In a process of its own: this one may already be larger than the limit.
    result = subprocess.run([sys.executable, "-c", TAKE_TOO_MUCH], cwd=ROOT, capture_output=True, text=True)
    assert result.stderr.rstrip().endswith("MemoryError"), result.stderr


def test_the_peak_of_memory_is_this_process_s_own() -> None:
    before = peak_memory_mib()
    held = bytearray(200 * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])
    assert peak_memory_mib() >= before
    assert 20 < peak_memory_mib() < 20_000

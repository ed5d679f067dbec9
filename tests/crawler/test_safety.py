"""What is refused before anything is sent, and the limit of memory."""

from __future__ import annotations

import multiprocessing
import resource
from typing import Any

import pytest

from crawler.safety import Guard, Origin, Refused, limit_memory, peak_memory_mib

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


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1:8123", "http://", "http://a:b/"])
def test_an_origin_is_an_http_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Origin.of(url)


def _take_too_much(out: multiprocessing.Queue[Any]) -> None:
    limit_memory(2_000)
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit_memory(4_000)
    try:
        bytearray(3_000 * 1024 * 1024)
    except MemoryError:
        out.put((before == resource.getrlimit(resource.RLIMIT_AS), "MemoryError"))
    else:
        out.put((None, "no limit"))


def test_the_kernel_holds_the_process_below_its_limit_and_a_lower_one_stays() -> None:
    context = multiprocessing.get_context("fork")
    out = context.Queue()
    process = context.Process(target=_take_too_much, args=(out,))
    process.start()
    assert out.get(timeout=30) == (True, "MemoryError")
    process.join()


def test_the_peak_of_memory_is_this_process_s_own() -> None:
    before = peak_memory_mib()
    held = bytearray(200 * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])
    assert peak_memory_mib() >= before
    assert 20 < peak_memory_mib() < 20_000

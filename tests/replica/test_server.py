"""The replica as a server: HTTP, its own pages, its count of requests, and the process."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.replica.clock import epoch_of
from tests.replica.fetching import fetch
from tests.replica.server import Replica

SITE = "https://sputnikglobe.com"


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(articles=60, seed=2, end="2026-05-02T12:00") as running:
        yield running


def test_one_connection_serves_many_requests(replica: Replica) -> None:
    connection = http.client.HTTPConnection(urlsplit(replica.url).netloc)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("GET", "/asia/")
        assert connection.getresponse().read()
    assert connection.sock is first
    connection.close()


def test_requests_sent_at_once_are_answered_in_order(replica: Replica) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(replica.url).port or 0), timeout=5) as client:
        asked = "GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n" * 2
        client.sendall(asked.encode() + b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        while data := client.recv(65536):
            received += data
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"200", b"404"]


def test_head_gives_the_length_and_no_body(replica: Replica) -> None:
    answer = fetch(replica.url, "/asia/", method="HEAD")
    assert answer.body == b""
    assert int(answer.headers["content-length"]) == len(fetch(replica.url, "/asia/").body)


def test_gzip_comes_to_those_who_take_it(replica: Replica) -> None:
    packed = fetch(replica.url, "/asia/", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.body == fetch(replica.url, "/asia/").body


@pytest.mark.parametrize(
    "path",
    [
        "/asia",
        "/20260501/no-such-article-1.html",
        "/20300101/",
        "/services/nothing/more.html",
        "/search/?q=a",
    ],
)
def test_what_is_not_there_answers_404(replica: Replica, path: str) -> None:
    assert fetch(replica.url, path).status == 404


def test_the_right_number_with_other_words_is_not_the_article(replica: Replica) -> None:
    article = replica.world()["articles"][0]
    number = article["article_id"].partition(":")[2]
    assert fetch(replica.url, f"/20260501/other-words-{number}.html").status == 404


def test_the_clock_is_read_and_moved(replica: Replica) -> None:
    assert fetch(replica.url, "/__clock").json == {"now": "2026-05-02T12:00:00Z"}
    fetch(replica.url, "/__clock", method="POST", body={"advance": 90})
    assert replica.now.isoformat() == "2026-05-02T12:01:30+00:00"
    fetch(replica.url, "/__clock", method="POST", body={"now": "2026-06-01T00:00:00Z"})
    assert epoch_of(replica.now) == epoch_of("2026-06-01")


def test_truth_is_the_same_over_http(replica: Replica) -> None:
    assert fetch(replica.url, "/__truth").json == replica.world()


def test_requests_are_counted_by_kind_and_path_with_their_times(replica: Replica) -> None:
    path = replica.world()["articles"][0]["url"].removeprefix(SITE)
    etag = fetch(replica.url, path).headers["etag"]
    fetch(replica.url, path, headers={"If-None-Match": etag})
    for channel in ("/asia/", "/robots.txt", "/20260501/", "/sitemap_article_index.xml"):
        fetch(replica.url, channel)
    fetch(replica.url, "/export/rss2/archive/index.xml", headers={"User-Agent": "asiadesk"})
    fetch(replica.url, "/services/asia/more.html")
    counts = replica.requests()
    assert counts["total"] == 8
    assert counts["by_kind"]["article"] == {
        "requests": 2,
        "served": 1,
        "not_modified": 1,
        "conditional": 1,
        "faults": 0,
    }
    assert set(counts["by_kind"]) == {
        *("article", "listing", "feed", "robots", "archive", "sitemap", "fragment"),
    }
    assert counts["by_path"][path] == 2
    assert "asiadesk" in counts["user_agents"]
    times = [at for at, _ in counts["times"]]
    assert times == sorted(times)
    fetch(replica.url, "/__requests", method="POST")
    assert replica.requests()["total"] == 0


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("/__edit", {"article_id": "sputnik:1"}),
        ("/__clock", {}),
        ("/__remove", {}),
        ("/__clock", {"now": "soon"}),
    ],
)
def test_a_wrong_order_is_refused_with_its_reason(
    replica: Replica, path: str, order: dict[str, object]
) -> None:
    answer = fetch(replica.url, path, method="POST", body=order)
    assert answer.status == 400
    assert answer.json["error"]


def test_a_port_in_use_is_an_error_of_the_test(replica: Replica) -> None:
    port = urlsplit(replica.url).port or 0
    with pytest.raises(OSError, match="in use"), Replica(articles=10, port=port):
        pass


def test_the_process_says_where_it_listens_and_ends_on_a_signal() -> None:
    command = [sys.executable, "-m", "tests.replica", "--articles", "30", "--to", "2026-05-02"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.fullmatch(r"replica listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert match, line
        assert len(fetch(match[1], "/__truth").json["articles"]) == 30
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0

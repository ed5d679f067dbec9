"""Alerts: told once, together, with recovery; and in text that cannot do anything."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from schedules import alerts
from schedules.alerts import AlertBook, Digest, Problem, plain

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAILED = Problem("failed", "exit code 70: a fault")


def test_news_waits_a_minute_and_comes_in_one_message():
    book = AlertBook()
    book.observe("sputnik", [FAILED], NOON)
    assert book.digest(NOON) is None
    book.observe("other", [Problem("yield:listing:/asia/", "shows 2 links, usually 20")], NOON + 0.5 * MINUTE)
    digest = book.digest(NOON + MINUTE)
    assert digest.title == "Asiadesk: 2 problems"
    assert digest.body.splitlines() == [
        "other: shows 2 links, usually 20",
        "sputnik: exit code 70: a fault",
    ]


def test_what_was_told_is_not_repeated_at_every_run_but_after_a_day():
    book = AlertBook()
    book.observe("sputnik", [FAILED], NOON)
    book.told(book.digest(NOON + MINUTE), NOON + MINUTE)
    for hour in range(23):
        book.observe("sputnik", [FAILED], NOON + hour * 60 * MINUTE)
        assert book.digest(NOON + hour * 60 * MINUTE + 2 * MINUTE) is None
    again = book.digest(NOON + timedelta(days=1, minutes=1))
    assert again.body == "sputnik: exit code 70: a fault (for 1d1m, 24 times)"


def test_recovery_is_told_once_of_what_was_told_before():
    book = AlertBook()
    book.observe("sputnik", [FAILED], NOON)
    book.told(book.digest(NOON + MINUTE), NOON + MINUTE)
    book.observe("sputnik", [], NOON + 5 * MINUTE)
    digest = book.digest(NOON + 6 * MINUTE)
    assert (digest.title, digest.body) == (
        "Asiadesk: 1 recovered",
        "sputnik: recovered: runs come to their end again",
    )
    book.told(digest, NOON + 6 * MINUTE)
    assert book.digest(NOON + 60 * MINUTE) is None


def test_what_went_away_before_it_was_told_is_not_told_at_all():
    book = AlertBook()
    book.observe("sputnik", [FAILED], NOON)
    book.observe("sputnik", [], NOON + 0.5 * MINUTE)
    assert book.digest(NOON + 5 * MINUTE) is None


def test_what_comes_back_before_its_recovery_was_told_goes_on_unsaid():
    book = AlertBook()
    book.observe("sputnik", [FAILED], NOON)
    book.told(book.digest(NOON + MINUTE), NOON + MINUTE)
    book.observe("sputnik", [], NOON + 2 * MINUTE)
    book.observe("sputnik", [FAILED], NOON + 2.5 * MINUTE)
    assert book.digest(NOON + 10 * MINUTE) is None


def test_a_problem_that_may_happen_now_and_then_is_told_when_it_does_not_stop():
    book = AlertBook()
    partial = Problem("partial", "2 links failed", times_before_alert=3)
    book.observe("sputnik", [partial], NOON)
    book.observe("sputnik", [partial], NOON + 10 * MINUTE)
    assert book.digest(NOON + 15 * MINUTE) is None
    book.observe("sputnik", [partial], NOON + 20 * MINUTE)
    assert book.digest(NOON + 25 * MINUTE).body == "sputnik: 2 links failed (for 25m, 3 times)"


def test_one_thing_noted_says_nothing_of_the_others():
    book = AlertBook()
    book.observe("sputnik", [FAILED], NOON)
    book.note("sputnik", Problem("overlap", "locked"), NOON)
    assert book.digest(NOON + MINUTE).title == "Asiadesk: 2 problems"
    book.forget("sputnik", "overlap", NOON)
    assert book.digest(NOON + MINUTE).title == "Asiadesk: 1 problem"


def test_a_clock_that_was_set_back_does_not_silence_the_alerts():
    book = AlertBook()
    book.observe("sputnik", [FAILED], NOON)
    assert book.digest(NOON - timedelta(days=900)) is not None


def test_the_book_outlives_the_service(tmp_path):
    path = tmp_path / "state" / "alerts.json"
    book = AlertBook()
    book.observe("sputnik", [FAILED], NOON)
    book.told(book.digest(NOON + MINUTE), NOON + MINUTE)
    book.observe("other", [FAILED], NOON)
    book.save(path)
    assert AlertBook.load(path) == book


@pytest.mark.parametrize("content", ["", "{", "[]", '{"problems": {"a": {"b": 1}}, "recovered": {}}'])
def test_a_damaged_book_begins_anew(tmp_path, content):
    (tmp_path / "alerts.json").write_text(content)
    assert AlertBook.load(tmp_path / "alerts.json") == AlertBook()


def test_a_flood_of_problems_stays_one_short_message():
    book = AlertBook()
    for n in range(200):
        book.observe(f"outlet{n:03}", [Problem("failed", "x" * 5000)], NOON)
    digest = book.digest(NOON + MINUTE)
    assert len(digest.problems) == 200
    assert len(digest.body.splitlines()) == 21
    assert len(digest.body) < 21 * 310
    assert digest.body.endswith("… and 180 more")


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("<script>alert(1)</script>", "‹script›alert(1)‹/script›"),
        ("<!channel> @everyone", "‹!channel› ＠everyone"),
        ("[click](https://evil.example)", "⟦click⟧(https://evil.example)"),
        ("**bold** `code` ~~x~~ |spoiler|", "∗∗bold∗∗ ʼcodeʼ ∼∼x∼∼ ¦spoiler¦"),
        ("line one\nSubject: two\r\n\x1b[31mred", "line one Subject: two ⟦31mred"),
        ("right\u202eleft zero\u200bwidth", "rightleft zerowidth"),
        ("日本語 и кириллица", "日本語 и кириллица"),
    ],
)
def test_text_of_outlets_cannot_do_anything(text, harmless):
    assert plain(text) == harmless
    assert plain(plain(text)) == harmless


def test_addresses_that_apprise_does_not_know_are_told_without_their_secrets():
    fault = alerts.faulty_alert_urls(["json://127.0.0.1:1", "nothing://secret@token"])
    assert "address 2" in fault
    assert "secret" not in fault
    assert alerts.faulty_alert_urls(["json://127.0.0.1:1"]) is None
    assert alerts.faulty_alert_urls([]) is None


def test_a_digest_is_delivered_through_apprise():
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        url = f"json://127.0.0.1:{server.server_port}"
        digest = Digest("Asiadesk: 1 problem", "sputnik: ‹b›no›")
        assert alerts.send(digest, ["json://127.0.0.1:9", url]) == [1]
        thread.join()
    assert "Asiadesk: 1 problem" in received[0]


def test_an_address_that_does_not_answer_is_no_delivery():
    assert alerts.send(Digest("title", "body"), ["json://127.0.0.1:9"]) == [1]

"""The ledger's promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from pipelines.storage.ledger import Ledger, LinkState
from tests.pipelines.storage.samples import OUTLET, RUN, ended, fetched, key, link

DAY = 86400


def test_a_new_link_is_discovered_and_remembers_every_channel_the_first_in_front(ledger: Ledger) -> None:
    (first,) = ledger.discover(OUTLET, [link(1, "feed:/rss")], 100)
    assert first.is_new
    assert (first.state, first.url, first.first_seen_at) == ("discovered", link(1).url, 100)
    (again,) = ledger.discover(OUTLET, [link(1, "listing:/asia/")], 200)
    assert not again.is_new
    assert again.channels == ("feed:/rss", "listing:/asia/")
    assert again.first_seen_at == 100


def test_discovering_answers_in_the_order_asked_and_knows_a_link_shown_twice(ledger: Ledger) -> None:
    shown = [link(3), link(1), link(3, "feed:/rss"), link(2)]
    known = ledger.discover(OUTLET, shown, 100)
    assert [entry.key for entry in known] == [entry.key for entry in shown]
    assert known[0] == known[2]
    assert known[0].channels == ("listing:/asia/", "feed:/rss")
    assert ledger.counts(OUTLET) == {LinkState.DISCOVERED: 3}


def test_more_channels_than_bits_share_the_last_one(ledger: Ledger) -> None:
    for number in range(70):
        (known,) = ledger.discover(OUTLET, [link(1, f"day:{number}")], 100)
    assert len(known.channels) == 63
    assert known.channels[0] == "day:0"
    assert known.channels[-1] == "other"


def test_many_links_at_once_are_more_than_one_statement_takes(ledger: Ledger) -> None:
    shown = [link(number) for number in range(1203)]
    assert all(entry.is_new for entry in ledger.discover(OUTLET, shown, 1))
    assert not any(entry.is_new for entry in ledger.discover(OUTLET, shown, 2))
    assert len(ledger.unfinished(OUTLET, 5000)) == 1203


def test_a_recorded_article_is_staged_under_the_month_of_its_publication(ledger: Ledger) -> None:
    ledger.discover(OUTLET, [link(1)], 100)
    assert ledger.record([fetched(1, etag=None)], 1000) == [LinkState.STAGED]
    known = ledger.link(key(1))
    assert known is not None
    assert (known.article_id, known.revision, known.month) == (f"{OUTLET}:1", 0, 202405)
    assert (known.run_id, known.last_fetched_at) == (RUN, 1000)
    assert ledger.staged_months(OUTLET) == {202405: 1}
    assert ledger.unfinished(OUTLET, 10) == []


def test_recording_a_batch_again_changes_nothing(ledger: Ledger) -> None:
    ledger.discover(OUTLET, [link(number) for number in range(5)], 100)
    batch = [
        fetched(0),
        fetched(1),
        ended(2, LinkState.FAILED, reason="http-503"),
        ended(3, LinkState.QUARANTINED, reason="no-body", raw_file="raw/1.warc", raw_offset=7),
        fetched(1, by=4),
    ]
    states = ledger.record(batch, 1000)
    before = ledger.links(key(number) for number in range(5)), ledger.counts(OUTLET)
    assert ledger.record(batch, 2000) == states
    assert (ledger.links(key(number) for number in range(5)), ledger.counts(OUTLET)) == before
    assert ledger.staged_months(OUTLET) == {202405: 2}


def test_the_same_content_is_unchanged_and_other_content_a_revision_in_the_same_month(ledger: Ledger) -> None:
    ledger.record([fetched(1)], 1000)
    rows = ledger.staged(OUTLET, 202405, 10)
    ledger.published(rows)
    assert ledger.record([fetched(1, at=2000)], 2000) == [LinkState.UNCHANGED]
    later = fetched(1, at=3000, headline="Ferry cancelled", published_at=datetime(2024, 7, 1, tzinfo=UTC))
    assert ledger.record([later], 3000) == [LinkState.STAGED]
    known = ledger.link(key(1))
    assert known is not None
    assert (known.revision, known.month) == (1, 202405)
    assert '"revision":1' in ledger.staged(OUTLET, 202405, 10)[0].row


def test_an_article_with_a_row_waiting_stays_staged_when_a_recheck_finds_it_unchanged(ledger: Ledger) -> None:
    ledger.record([fetched(1)], 1000)
    assert ledger.record([fetched(1, at=2000)], 2000) == [LinkState.STAGED]
    assert ledger.record([ended(1, LinkState.UNCHANGED, at=3000)], 3000) == [LinkState.STAGED]
    assert ledger.staged_months(OUTLET) == {202405: 1}


def test_another_link_to_a_known_article_is_a_duplicate_that_names_it(ledger: Ledger) -> None:
    ledger.discover(OUTLET, [link(1), link(2)], 100)
    assert ledger.record([fetched(1), fetched(1, by=2)], 1000) == [LinkState.STAGED, LinkState.DUPLICATE]
    known = ledger.link(key(2))
    assert known is not None
    assert (known.reason, known.url) == (f"{OUTLET}:1", None)
    assert ledger.staged_months(OUTLET) == {202405: 1}


def test_an_article_first_found_under_another_address_gets_its_own_link(ledger: Ledger) -> None:
    ledger.discover(OUTLET, [link(2, "feed:/rss")], 100)
    assert ledger.record([fetched(1, by=2)], 1000) == [LinkState.DUPLICATE]
    own = ledger.link(key(1))
    assert own is not None
    assert (own.state, own.url) == (LinkState.STAGED, link(1).url)
    assert (own.channels, own.first_seen_at) == (("feed:/rss",), 100)
    assert ledger.discover(OUTLET, [link(1)], 2000)[0].state is LinkState.STAGED


def test_a_failure_waits_ever_longer_and_ends_for_good_after_two_weeks(ledger: Ledger) -> None:
    ledger.discover(OUTLET, [link(1)], 100)
    waits = []
    now = DAY
    for attempt in range(1, 20):
        assert ledger.record([ended(1, LinkState.FAILED, at=now, reason="timeout")], now) == ["failed"]
        (known,) = ledger.unfinished(OUTLET, 10, now + DAY)
        assert known.due_at is not None
        assert known.attempts == attempt
        assert ledger.unfinished(OUTLET, 10, known.due_at - 1) == []
        waits.append(known.due_at - now)
        now = known.due_at
    assert waits == [300, 1200, 4800, 19200, 76800] + 14 * [DAY]
    ledger.record([ended(1, LinkState.FAILED, at=now, reason="timeout")], now)
    last = ledger.link(key(1))
    assert last is not None
    assert (last.due_at, last.url, last.attempts) == (None, None, 20)
    assert ledger.unfinished(OUTLET, 10, 99 * DAY) == []


def test_a_servers_retry_after_is_waited_for_when_it_is_longer(ledger: Ledger) -> None:
    ledger.record([ended(1, LinkState.FAILED, at=1000, reason="http-429", due_at=9000)], 1000)
    known = ledger.link(key(1))
    assert known is not None
    assert known.due_at == 9000


def test_a_success_forgets_the_failures_before_it(ledger: Ledger) -> None:
    ledger.record([ended(1, LinkState.FAILED, at=1000)], 1000)
    ledger.record([fetched(1, at=2000)], 2000)
    known = ledger.link(key(1))
    assert known is not None
    assert (known.attempts, known.reason) == (0, None)


def test_the_address_is_kept_only_while_someone_will_request_it(ledger: Ledger) -> None:
    ledger.discover(OUTLET, [link(number) for number in range(3)], 100)
    kept = fetched(0)
    kept.due_at, kept.etag = 5000, '"v1"'
    ledger.record([kept, fetched(1), ended(2, LinkState.FILTERED, reason="not-asia")], 1000)
    ledger.published(ledger.staged(OUTLET, 202405, 10))
    known = [ledger.link(key(number)) for number in range(3)]
    assert [entry and entry.url for entry in known] == [link(0).url, None, None]
    assert known[0] is not None and known[0].etag == '"v1"'
    assert [entry.key for entry in ledger.due(OUTLET, 5000, 10)] == [key(0)]
    assert ledger.due(OUTLET, 4999, 10) == []


def test_a_304_keeps_the_validators_that_it_confirmed(ledger: Ledger) -> None:
    first = fetched(1)
    first.etag, first.last_modified, first.due_at = '"v1"', "Wed, 01 May 2024 12:00:00 GMT", 5000
    ledger.record([first], 1000)
    ledger.published(ledger.staged(OUTLET, 202405, 10))
    assert ledger.record([ended(1, LinkState.UNCHANGED, at=5000, due_at=9000)], 5000) == ["unchanged"]
    known = ledger.link(key(1))
    assert known is not None
    assert (known.etag, known.last_modified, known.due_at) == (first.etag, first.last_modified, 9000)


def test_a_page_that_is_gone_keeps_its_article(ledger: Ledger) -> None:
    ledger.record([fetched(1)], 1000)
    ledger.record([ended(1, LinkState.GONE, at=2000, reason="http-410")], 2000)
    ledger.published(ledger.staged(OUTLET, 202405, 10))
    known = ledger.link(key(1))
    assert known is not None
    assert (known.state, known.month) == (LinkState.GONE, 202405)


def test_quarantine_says_where_the_page_lies_until_the_link_is_mended(ledger: Ledger) -> None:
    bad = ended(
        1, LinkState.QUARANTINED, reason="no-body", url="https://demo.example/1", raw_file="raw/a.warc"
    )
    bad.raw_offset = 42
    ledger.record([bad], 1000)
    (kept,) = ledger.quarantined(OUTLET)
    assert (kept.reason, kept.url, kept.raw_file, kept.raw_offset) == ("no-body", bad.url, "raw/a.warc", 42)
    ledger.record([fetched(1, at=2000)], 2000)
    assert ledger.quarantined(OUTLET) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "half a \ud83d pair"},
        {"headline": "\udfff"},
        {"similarity": math.nan},
        {"word_count": 2**40},
        {"headline": None},
        {"body": None},
        {"authors": "not a list"},
        {"modified_at": "yesterday"},
        {"section": b"bytes"},
    ],
)
def test_a_row_that_could_never_be_published_quarantines_its_link_and_no_other(
    ledger: Ledger, changes: dict[str, object]
) -> None:
    broken = fetched(1)
    assert broken.article is not None
    broken.article.update(changes)
    assert ledger.record([fetched(0), broken, fetched(2)], 1000) == ["staged", "quarantined", "staged"]
    (kept,) = ledger.quarantined(OUTLET)
    assert kept.reason is not None
    assert kept.reason.startswith("unstorable: ")


def test_strangers_texts_are_cleaned_before_a_database_sees_them(ledger: Ledger) -> None:
    odd = ended(
        1, LinkState.FAILED, reason="bad\0\udc80 reason", url="https://demo.example/\0x", etag="e" * 5000
    )
    ledger.record([odd], 1000)
    known = ledger.link(key(1))
    assert known is not None
    assert (known.reason, known.url, known.etag) == ("bad? reason", "https://demo.example/x", None)


@pytest.mark.parametrize("state", [LinkState.DISCOVERED, LinkState.STORED, LinkState.STAGED])
def test_an_outcome_that_says_nonsense_is_refused_before_anything_is_written(
    ledger: Ledger, state: LinkState
) -> None:
    with pytest.raises(ValueError, match=r"outcome cannot be|belong together"):
        ledger.record([fetched(1), ended(2, state)], 1000)
    assert ledger.counts(OUTLET) == {}


def test_an_article_of_another_outlet_or_without_hash_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="is no article of"):
        ledger.record([fetched(1, article_id="other:1")], 1000)
    nameless = fetched(1)
    nameless.content_hash = None
    with pytest.raises(ValueError, match="content hash"):
        ledger.record([nameless], 1000)


def test_a_run_that_was_never_begun_cannot_record(ledger: Ledger) -> None:
    stray = fetched(1)
    stray.run_id = "stray"
    with pytest.raises(ValueError, match="never begun"):
        ledger.record([stray], 1000)


def test_counts_follow_every_change_and_a_runs_counts_stay_its_own(ledger: Ledger) -> None:
    ledger.discover(OUTLET, [link(number) for number in range(4)], 100)
    ledger.record([fetched(0), fetched(1), ended(2, LinkState.FAILED)], 1000)
    ledger.record([fetched(2, at=1500)], 1500)
    ledger.published(ledger.staged(OUTLET, 202405, 10))
    assert ledger.counts(OUTLET) == {LinkState.DISCOVERED: 1, LinkState.STORED: 3}
    assert ledger.run_counts(OUTLET, RUN) == {LinkState.STORED: 3}
    ledger.begin_run("later", OUTLET, started_at=5000)
    gone = ended(0, LinkState.GONE, at=5000)
    gone.run_id = "later"
    ledger.record([gone], 5000)
    assert ledger.run_counts(OUTLET, "later") == {LinkState.GONE: 1}
    assert ledger.run_counts(OUTLET, RUN) == {LinkState.STORED: 3}


def test_questions_about_an_unknown_outlet_leave_no_trace(ledger: Ledger) -> None:
    assert ledger.counts("nobody") == {}
    assert ledger.unfinished("nobody", 10) == []
    assert ledger.listing("nobody", "feed:/rss") is None
    assert ledger.staged_months("nobody") == {}
    assert "nobody" not in ledger.outlets()


@pytest.mark.parametrize("name", ["", "Demo", "../etc", "a b", "outlet=x", "1st", "a" * 65])
def test_an_outlet_that_is_no_slug_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(ValueError, match="no outlet"):
        ledger.discover(name, [link(1)], 1)


def test_two_connections_see_each_others_outlets_channels_and_links(ledger_url: str, ledger: Ledger) -> None:
    with Ledger.open(ledger_url) as other:
        ledger.discover(OUTLET, [link(1, "feed:/rss")], 100)
        other.discover("other_times", [link(7, "listing:/")], 100)
        (seen,) = other.discover(OUTLET, [link(1, "listing:/asia/")], 200)
        assert seen.channels == ("feed:/rss", "listing:/asia/")
        assert ledger.outlets() == [OUTLET, "other_times"]
        known = ledger.link(key(1))
        assert known is not None
        assert known.channels == seen.channels

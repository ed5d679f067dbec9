"""The exit code says how a run went, the gravest finding first."""

import json

import pytest

from crawler.exit_codes import COMPLETE, DRIFT, PARTIAL, QUARANTINE
from crawler.frontier import ChannelReport
from crawler.run_report import judge, vanished_fields, write_report
from pipelines.storage.ledger import LinkState

GOOD_CHANNELS = {"listing:/asia/": ChannelReport("ok", links=20, new=3, pages=1)}
GOOD_FIELDS = {"headline": 1.0, "body": 1.0, "lead": 0.9, "authors": 0.4}


def judged(states=None, channels=None, fields=None, usual=(), problems=(), articles=50):
    return judge(
        states or {LinkState.STAGED: articles},
        channels or GOOD_CHANNELS,
        fields or GOOD_FIELDS,
        usual,
        problems,
        articles,
        quarantine_limit=0.05,
    )


def test_a_run_without_findings_is_complete():
    assert judged()[0] == COMPLETE


def test_a_run_that_found_nothing_new_is_complete():
    channels = {
        "listing:/asia/": ChannelReport("ok", unchanged=1),
        "feed:/rss": ChannelReport("ok", 100, 0, 1),
    }
    assert judged(states={}, channels=channels, fields={}, articles=0)[0] == COMPLETE


def test_a_channel_that_answers_without_links_is_drift():
    channels = {**GOOD_CHANNELS, "feed:/rss": ChannelReport("ok", links=0, pages=1)}
    code, reason = judged(channels=channels)
    assert code == DRIFT
    assert "feed:/rss" in reason


def test_an_empty_day_of_an_archive_is_none():
    channels = {**GOOD_CHANNELS, "archive:/{day}/": ChannelReport("ok", links=0, pages=2)}
    assert judged(channels=channels)[0] == COMPLETE


def test_a_wall_is_drift_and_names_the_page():
    problems = [{"url": "https://outlet.example/1.html", "state": "failed", "reason": "consent-wall"}]
    code, reason = judged(states={LinkState.FAILED: 1}, problems=problems)
    assert code == DRIFT
    assert "https://outlet.example/1.html" in reason


def test_a_field_that_vanished_against_the_last_runs_is_drift():
    code, reason = judged(fields={**GOOD_FIELDS, "lead": 0.1}, usual=[GOOD_FIELDS] * 3)
    assert (code, reason) == (DRIFT, "fields vanished: lead")


def test_a_field_that_is_usually_rare_may_be_missing():
    assert not vanished_fields({"headline": 1.0}, [{"headline": 1.0, "dateline": 0.3}], 20)


def test_few_articles_say_nothing_about_fields():
    assert judged(fields={"headline": 1.0}, usual=[GOOD_FIELDS], articles=5)[0] == COMPLETE


def test_a_channel_that_failed_is_partial():
    channels = {**GOOD_CHANNELS, "feed:/rss": ChannelReport("http-503", failed=1)}
    assert judged(channels=channels)[0] == PARTIAL


def test_failed_links_are_partial_and_come_before_quarantine():
    states = {LinkState.STAGED: 10, LinkState.FAILED: 1, LinkState.QUARANTINED: 10}
    assert judged(states=states)[0] == PARTIAL


@pytest.mark.parametrize(("quarantined", "code"), [(1, COMPLETE), (5, COMPLETE), (6, QUARANTINE)])
def test_quarantine_over_its_limit_is_said(quarantined, code):
    states = {LinkState.STAGED: 100 - quarantined, LinkState.QUARANTINED: quarantined}
    assert judged(states=states)[0] == code


def test_one_odd_page_in_a_small_run_is_not_over_any_limit():
    assert judged(states={LinkState.STAGED: 1, LinkState.QUARANTINED: 1}, articles=1)[0] == COMPLETE


def test_a_report_is_whole_and_leaves_nothing_beside_it(tmp_path):
    write_report(tmp_path, {"run_id": "outlet-1", "reason": "\u2028 \ud800 <b>"})
    (path,) = (tmp_path / "runs").iterdir()
    assert json.loads(path.read_text())["reason"] == "\u2028 \ud800 <b>"


def test_a_report_that_cannot_be_written_is_logged_and_not_raised(tmp_path, caplog):
    (tmp_path / "runs").write_text("a file where the folder should be")
    write_report(tmp_path, {"run_id": "outlet-1"})
    assert str(tmp_path / "runs") in caplog.text


def test_a_field_that_half_of_the_articles_have_may_be_rare_in_a_small_run():
    usual = [{"related": 0.5}] * 14
    assert not vanished_fields({"related": 0.18}, usual, 11)
    assert vanished_fields({"related": 0.0}, usual, 40) == ["related"]
    assert vanished_fields({}, [{"lead": 0.97}], 10) == ["lead"]

from tests.end_to_end.crawling import scrapy
from tests.pipelines.storage.stored import edited


def test_every_edit_is_shown_word_by_word(tmp_path):
    edited(tmp_path)
    result = scrapy(tmp_path, "diff", "demo_times:1")
    assert result.returncode == 0, result.stderr
    assert "revision 0 of 2024-05-01 12:00 UTC → revision 1 of 2024-05-01 14:00 UTC" in result.stdout
    assert "body: It left on [-tme-]{+time+}." in result.stdout
    assert "headline: Ferry [-leaves-]{+late+}" in result.stdout


def test_the_way_from_one_revision_to_another_may_be_asked_for(tmp_path):
    edited(tmp_path)
    result = scrapy(tmp_path, "diff", "demo_times:1", "--from", "0", "--to", "2")
    assert "revision 0 of 2024-05-01 12:00 UTC → revision 2" in result.stdout
    assert "revision 1" not in result.stdout


def test_an_article_without_edits_says_so(tmp_path):
    edited(tmp_path)
    assert "revision 0 is the only one" in scrapy(tmp_path, "diff", "demo_times:2").stdout


def test_what_is_not_there_is_refused_by_name(tmp_path):
    edited(tmp_path)
    for arguments, complaint in (
        (("demo_times:9",), "no article 'demo_times:9' is stored"),
        (("demo_times:1", "--to", "7"), "there is no revision 7, only 0, 1, 2"),
        ((), "takes one article id"),
    ):
        result = scrapy(tmp_path, "diff", *arguments)
        assert result.returncode == 2
        assert complaint in result.stdout + result.stderr

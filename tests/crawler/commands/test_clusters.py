from pipelines.storage.views import connect
from tests.end_to_end.crawling import scrapy
from tests.pipelines.storage.stored import store
from tests.pipelines.storage.tables_of_rows import version
from tests.pipelines.storage.test_sketches import story


def test_clusters_are_found_over_all_outlets_and_shown(tmp_path):
    store(tmp_path, articles=[version(1, text=story(200)), version(2, text=story(200, 5))])
    copy = version(1, text=story(200)[:700]) | {"article_id": "herald:1"}
    store(tmp_path, articles=[copy], outlet="herald")
    result = scrapy(tmp_path, "clusters", "--rebuild")
    assert result.returncode == 0, result.stderr
    assert "1 clusters of 2 articles" in result.stdout
    assert "demo_times:1" in result.stdout
    again = scrapy(tmp_path, "clusters")
    assert again.stdout == result.stdout
    assert connect(tmp_path).sql("SELECT count(*) FROM clusters").fetchall() == [(2,)]


def test_an_empty_dataset_has_no_clusters(tmp_path):
    result = scrapy(tmp_path, "clusters", "--rebuild")
    assert result.returncode == 0, result.stderr
    assert "0 clusters of 0 articles" in result.stdout


def test_a_folder_that_is_not_there_is_named_and_not_made(tmp_path):
    for command in (("clusters", "--rebuild"), ("clusters",), ("diff", "demo_times:1")):
        result = scrapy(tmp_path / "mistyped", *command)
        assert result.returncode == 2
        assert "there is no data folder" in result.stdout + result.stderr
    assert not list(tmp_path.iterdir())

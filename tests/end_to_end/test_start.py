"""How a crawl starts: without what only new articles need, and without a word that nobody has to heed."""

import json
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.crawling import ROOT, crawl, crawl_command
from tests.replica.server import Replica

DEAR = ["pyarrow", "numpy", "pandas", "duckdb", "trafilatura", "rich", "sqlalchemy.orm"]
DEAR += ["sqlalchemy.dialects.postgresql", "crawler.article_page", "pipelines.storage.wire_credit"]
PROGRAM = f"""
import json, sys
from scrapy.cmdline import execute
try:
    execute()
finally:
    print(json.dumps([name for name in {DEAR} if name in sys.modules]))
"""


def imported_by_crawl(data: Path, replica: Replica) -> list[str]:
    program = f"import sys; sys.argv = {['scrapy', *crawl_command(replica, data)[3:]]}\n{PROGRAM}"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(answer.stdout.splitlines()[-1])
    return found


def test_a_crawl_with_nothing_new_does_without_what_articles_need(tmp_path: Path) -> None:
    with Replica(articles=20, seed=3) as replica:
        assert "pyarrow" in imported_by_crawl(tmp_path / "data", replica)
        assert imported_by_crawl(tmp_path / "data", replica) == []


def test_a_crawl_in_which_all_is_well_warns_of_nothing(tmp_path: Path) -> None:
    with Replica(articles=20, seed=3) as replica:
        log = crawl(replica, tmp_path / "data").stderr
    assert "Spider opened" in log
    assert not [line for line in log.splitlines() if "WARNING" in line or "ERROR" in line]

"""news-please's extraction alone, over pages that lie in memory.

newsplease_extraction.py PAGES.JSON OUT.JSON
"""

import json
import sys
import time
from pathlib import Path

from newsplease import NewsPlease


def main(pages, out):
    rows = json.loads(Path(pages).read_text())
    NewsPlease.from_html(rows[0]["html"], url=rows[0]["url"])  # the first page loads modules and models
    began = time.process_time()
    found = [NewsPlease.from_html(row["html"], url=row["url"]) for row in rows]
    cpu = time.process_time() - began
    complete = sum(bool(article.title and article.maintext and article.date_publish) for article in found)
    Path(out).write_text(json.dumps({"pages": complete, "cpu": cpu}))


main(*sys.argv[1:])

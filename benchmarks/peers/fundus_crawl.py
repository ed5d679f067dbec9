"""Fundus' crawler with a parser as its outlets have: fundus_crawl.py ORIGIN SITEMAP_PATH PAGES OUT.JSON"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path

from fundus import Crawler, Sitemap
from fundus.parser import ArticleBody, BaseParser, ParserProxy, attribute
from fundus.parser.utility import (
    extract_article_body_with_selector,
    generic_author_parsing,
    generic_date_parsing,
    generic_topic_parsing,
)
from fundus.publishers.base_objects import Publisher, PublisherGroup
from lxml.cssselect import CSSSelector


class ReplicaParser(ParserProxy):
    class V1(BaseParser):
        _paragraphs = CSSSelector(".article__body .article__text")
        _summary = CSSSelector(".article__announce-text")

        @attribute
        def title(self) -> str | None:
            return self.precomputed.meta.get("og:title")

        @attribute
        def body(self) -> ArticleBody | None:
            return extract_article_body_with_selector(
                self.precomputed.doc, paragraph_selector=self._paragraphs, summary_selector=self._summary
            )

        @attribute
        def publishing_date(self) -> datetime | None:
            return generic_date_parsing(self.precomputed.meta.get("article:published_time"))

        @attribute
        def authors(self) -> list[str]:
            return generic_author_parsing(self.precomputed.meta.get("article:author"))

        @attribute
        def topics(self) -> list[str]:
            return generic_topic_parsing(self.precomputed.meta.get("keywords"))


def main(origin, sitemap, pages, out):
    class Benchmark(metaclass=PublisherGroup):
        Replica = Publisher(
            name="Replica", domain=origin, parser=ReplicaParser, sources=[Sitemap(origin + sitemap)]
        )

    began = time.process_time()
    crawler = Crawler(Benchmark.Replica, delay=0.0)
    complete = 0
    for article in crawler.crawl(max_articles=int(pages), only_complete=False):
        complete += bool(article.title and str(article.body) and article.publishing_date)
    cpu = time.process_time() - began
    Path(out).write_text(json.dumps({"pages": complete, "cpu": cpu}))


main(*sys.argv[1:])

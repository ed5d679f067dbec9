"""Naive Scrapy: fifteen fields by parsel, one Parquet file at the end. What a tutorial leads to."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow
import pyarrow.parquet
import scrapy


class NaiveSpider(scrapy.Spider):
    name = "naive"

    def __init__(self, origin, out):
        super().__init__()
        self.start_urls = [f"{origin}/asia/"]
        self.out = out
        self.rows = []

    def parse(self, response):
        for link in response.css("a.list__title::attr(href)"):
            yield response.follow(link, self.parse_article)
        more = response.css(".list__more::attr(data-url), .list-items-loaded::attr(data-next-url)").get()
        if more:
            yield response.follow(more)

    def parse_article(self, response):
        def text(query):
            return " ".join(response.css(query).css("*::text").getall()).strip()

        published = response.css(".article__info-date [data-unixtime]::attr(data-unixtime)").get()
        body = "\n\n".join(
            "".join(block.css("*::text").getall()).strip()
            for block in response.css(".article__body .article__text")
        )
        self.rows.append(
            {
                "url": response.url,
                "canonical_url": response.css("link[rel=canonical]::attr(href)").get(),
                "headline": text(".article__title"),
                "lead": text(".article__announce-text"),
                "description": response.css("meta[name=description]::attr(content)").get(),
                "body": body,
                "language": response.css("html::attr(lang)").get(),
                "section": response.css("meta[property='article:section']::attr(content)").get(),
                "authors": response.css("meta[property='article:author']::attr(content)").getall(),
                "tags": response.css(".article__footer .tag__text::text").getall(),
                "images": response.css(".article__announce .media img::attr(src)").getall(),
                "published_at": datetime.fromtimestamp(int(published), UTC) if published else None,
                "modified_at": response.css("meta[property='article:modified_time']::attr(content)").get(),
                "word_count": len(body.split()),
                "fetched_at": datetime.now(UTC),
            }
        )

    def closed(self, reason):
        table = pyarrow.Table.from_pylist(self.rows)
        pyarrow.parquet.write_table(table, Path(self.out).with_suffix(".parquet"), compression="zstd")
        complete = sum(bool(row["headline"] and row["body"] and row["published_at"]) for row in self.rows)
        Path(self.out).write_text(json.dumps({"pages": complete}))

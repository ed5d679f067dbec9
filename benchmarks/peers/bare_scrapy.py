"""Bare Scrapy: follows the listings and fetches every article, and does nothing with it. Runs outside of the
project, or Scrapy would find our settings."""

import json
from pathlib import Path

import scrapy


class BareSpider(scrapy.Spider):
    name = "bare"

    def __init__(self, origin, out):
        super().__init__()
        self.start_urls = [f"{origin}/asia/"]
        self.out = out
        self.pages = 0

    def parse(self, response):
        for link in response.css("a.list__title::attr(href)"):
            yield response.follow(link, self.parse_article)
        more = response.css(".list__more::attr(data-url), .list-items-loaded::attr(data-next-url)").get()
        if more:
            yield response.follow(more)

    def parse_article(self, response):
        self.pages += 1

    def closed(self, reason):
        Path(self.out).write_text(json.dumps({"pages": self.pages}))

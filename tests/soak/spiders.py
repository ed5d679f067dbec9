"""Three outlets for the soak: the same site under three names, each fed from a replica of its own."""

from crawler.spiders.sputnik import SputnikSpider


class SoakEastSpider(SputnikSpider):
    name = "soak_east"


class SoakSouthSpider(SputnikSpider):
    name = "soak_south"


class SoakWestSpider(SputnikSpider):
    name = "soak_west"

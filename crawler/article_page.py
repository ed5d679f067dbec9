"""One article page to one Article: outlet rules first, then structured data, then the plain page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crawler import generic_page, outlet_rules
from crawler.body_text import paragraphs_of, remove, ruled_paragraphs, split_dateline
from crawler.bylines import read_byline
from crawler.date_places import modified_evidence, shown_evidence, stated_evidence, vague_evidence
from crawler.home_zone import home_zones
from crawler.html_text import fold_space
from crawler.items import Article
from crawler.last_dates import last_evidence
from crawler.outlet_rules import Pictures, Rules, Selectors
from crawler.page import ArticleNotFound, Page, PageProblem, TooDeep, Wall
from crawler.page_marks import flags_of, rights_of
from crawler.page_problems import diagnosis
from crawler.pictures import ruled_pictures, unique
from crawler.publish_time import Evidence, best_evidence, by_clock, clock_error, is_believable, read_evidence

__all__ = [
    "ArticleNotFound",
    "Listed",
    "Page",
    "PageProblem",
    "Pictures",
    "Rules",
    "TooDeep",
    "Wall",
    "parse_article",
    "parse_article_with_origins",
]

PARSER = 3
"""Rises when the same page would give another article."""

DOUBTFUL = 400
"""Characters of text below which a page is asked whether it is an article at all."""

_BETWEEN_TAGS = re.compile(r"\s*,\s*")


@dataclass(frozen=True, slots=True)
class Listed:
    """What a channel said about an article: weaker evidence than its page's own."""

    title: str | None
    published_at: datetime | None
    source: str
    """listing, feed or sitemap."""
    raw: str | None = None


def parse_article(
    page: Page, rules: Rules | None = None, *, listed: Sequence[Listed] = (), now: datetime
) -> Article:
    """The article that the page shows. Raises a PageProblem where there is none."""
    return parse_article_with_origins(page, rules, listed=listed, now=now)[0]


def parse_article_with_origins(
    page: Page, rules: Rules | None = None, *, listed: Sequence[Listed] = (), now: datetime
) -> tuple[Article, dict[str, str]]:
    """The article, and for each field where it came from; "clock" is the outlet's offset ("UTC+09:00")."""
    return _Parser(page, rules, listed, now).article()


class _Parser:
    """The steps of one parse. The text comes last: reading it takes junk out of the tree."""

    def __init__(self, page: Page, rules: Rules | None, listed: Sequence[Listed], now: datetime) -> None:
        self.page = page
        self.listed = listed
        self.now = now
        self.has_body_rules = rules is not None and bool(rules.body or rules.otherwise)
        self.rules, self.scope = outlet_rules.for_page(rules or Rules(), page)
        self.zone = ZoneInfo(self.rules.time_zone) if self.rules.time_zone else None
        self.origins: dict[str, str] = {}

    def article(self) -> tuple[Article, dict[str, str]]:
        page = self.page
        article = Article(url=page.url, canonical_url=page.canonical or page.url, fetched_at=page.fetched_at)
        article.language = self._noted("language", self.rules.language, "rules") or self._generic("language")
        headline = self._one("headline", self.rules.headline)
        article.description = self._generic("description")
        article.section = self._one("section", self.rules.section)
        article.tags = self._tags()
        self._authors(article)
        article.related = self._related()
        article.images = self._images()
        self._times(article)

        lead, paragraphs = self._text()
        if lead and not paragraphs and self._is_gallery():
            # Pictures without a text: what stands above them is all there is to read.
            paragraphs, lead = [lead], None
            self.origins["body"] = self.origins.pop("lead")
        body = "\n\n".join(paragraphs)
        if not headline or len(body) < DOUBTFUL:
            self._doubt(headline, body)
        assert headline
        article.headline = headline
        if paragraphs:
            opening = paragraphs[0]
            article.dateline, paragraphs[0] = split_dateline(opening, self.rules.dateline)
            if article.wire_credit is None and article.dateline:
                # Normalization reads the agency out of it.
                article.wire_credit = opening.removesuffix(paragraphs[0]).strip() or None
            self._noted("dateline", article.dateline, f"text: {opening.removesuffix(paragraphs[0]).strip()}")
        article.lead = lead
        article.body = "\n\n".join(text for text in paragraphs if text)
        article.flags = flags_of(
            page, self.scope, self.rules, section=article.section, text=f"{lead or ''}{article.body}"
        )
        article.rights = rights_of(page)
        ruled = self.origins.get("body", "").startswith("rules")
        article.extractor = f"{'rules' if ruled else 'generic'}/{PARSER}"
        return article, self.origins

    def _noted(self, name: str, value: str | None, origin: str) -> str | None:
        if value:
            self.origins[name] = origin
        return value

    def _generic(self, name: str) -> str | None:
        found = generic_page.FIELDS[name](self.page)
        return self._noted(name, *found) if found else None

    def _one(self, name: str, selectors: Selectors) -> str | None:
        """A field of one text: by the rules, else the generic way."""
        found = outlet_rules.first_value(self.page, self.scope, selectors)
        if found:
            return self._noted(name, found[0], f"rules: {found[1]}")
        return self._generic(name)

    def _many(self, selectors: Selectors) -> tuple[list[str], str]:
        """The values of the first selector that gives any, and that selector."""
        for selector in selectors:
            found = outlet_rules.values(self.page, self.scope, selector)
            if found:
                return found, f"rules: {selector}"
        return [], ""

    def _tags(self) -> list[str]:
        found, origin = self._many(self.rules.tags)
        if not found:
            found, origin = generic_page.tags(self.page)
        # A keywords element holds all tags in one text, separated by commas.
        if len(found) == 1:
            found = _BETWEEN_TAGS.split(found[0])
        tags = list({tag.casefold(): tag for tag in reversed(found) if 0 < len(tag) <= 80}.values())[::-1]
        self._noted("tags", origin if tags else None, origin)
        return tags

    def _authors(self, article: Article) -> None:
        found, origin = self._many(self.rules.authors)
        if self.rules.authors:
            junk = self.rules.author_junk
            found = [text for text in found if not junk or junk.sub("", text).strip()]
            names = generic_page.site_names(self.page) if found else ()
            byline = read_byline(found, not_people=names, junk=junk)
            byline.outlets.clear()
        else:
            byline, origin = generic_page.byline(self.page, stated_only=self.rules.states_authors)
        article.authors = byline.authors
        article.wire_credit = byline.agencies[0] if byline.agencies else None
        self._noted("authors", origin if byline.authors else None, origin)

    def _related(self) -> list[str]:
        found = [
            url
            for selector in self.rules.related
            for href in outlet_rules.values(self.page, self.scope, selector)
            if (url := self.page.absolute(href))
        ]
        self._noted("related", "rules" if found else None, "rules")
        return list(dict.fromkeys(found))

    def _images(self) -> list:
        images = ruled_pictures(self.page, self.scope, self.rules)
        origin = "rules"
        if not self.rules.pictures:
            images, origin = unique(generic_page.images(self.page)), "generic"
        self._noted("images", origin if images else None, origin)
        return images

    def _times(self, article: Article) -> None:
        evidence = self._published_evidence(article.language)
        home = (self.zone,) if self.zone else home_zones(self.page.url, article.language)
        published = best_evidence(evidence, self.page.url, self.now, home)
        clock = published.clock if published else None
        if clock:
            self.origins["clock"] = str(clock)
        if published:
            article.published_at, article.published_precision = published.at, published.precision
            article.published_raw, article.published_source = published.raw, published.source
            self._noted("published_at", published.source, published.origin)
        modified = next(self._read_times(self.rules.modified, article.language), None)
        modified = modified or modified_evidence(self.page, self.zone)
        if modified:
            at = by_clock(modified.moment, clock) - clock_error(published, evidence, modified.source)
            # Many pages repeat the time of publication here, often without its seconds.
            is_later = published is None or at >= published.at + timedelta(minutes=1)
            if is_later and is_believable(modified.moment._replace(at=at), self.now):
                article.modified_at = at
                self._noted("modified_at", modified.source, modified.origin)

    def _published_evidence(self, language: str | None) -> list[Evidence]:
        """In the order of trust; the page's text is searched only where nothing better names a time."""
        found = list(self._read_times(self.rules.published, language))
        is_ruled = bool(found)
        if not is_ruled:
            found.extend(stated_evidence(self.page, language, self.zone))
        found.extend(self._heard("feed"))
        found.extend(self._heard("sitemap"))
        if all(item.moment.precision == "day" or not is_believable(item.moment, self.now) for item in found):
            for shown in shown_evidence(self.page, language, self.zone):
                found.append(shown)
                if self.rules.days_only and is_believable(shown.moment, self.now):
                    break
        if not is_ruled:
            found.extend(vague_evidence(self.page, language, self.zone))
        found.extend(self._heard("listing"))
        if not any(is_believable(item.moment, self.now) for item in found):
            found.extend(last_evidence(self.page, language, self.zone))
        return found

    def _heard(self, source: str) -> Iterator[Evidence]:
        """What a kind of channel said of the time."""
        for entry in self.listed:
            if entry.source == source and entry.published_at:
                written = entry.published_at.isoformat()
                found = read_evidence(written, source, source)
                if found:
                    yield Evidence(found.moment, entry.raw or written, source, source)

    def _read_times(self, selectors: Selectors, language: str | None) -> Iterator[Evidence]:
        for selector in selectors:
            source = selector.partition(":")[0]
            if source not in ("meta", "json-ld"):
                source = "microdata" if "itemprop" in selector else "text"
            for raw in outlet_rules.values(self.page, self.scope, selector)[:3]:
                found = read_evidence(
                    raw,
                    source,
                    f"rules: {selector}",
                    zone=self.zone,
                    language=language,
                    month_first=self.rules.month_first,
                )
                if found:
                    yield found

    def _text(self) -> tuple[str | None, list[str]]:
        """Lead and paragraphs."""
        lead = self._ruled_lead()
        is_known_design = False
        for selector in self.rules.body:
            body = (self.scope or self.page.tree).css_first(selector)
            paragraphs = ruled_paragraphs(body, self.rules) if body is not None else []
            if paragraphs:
                self.origins["body"] = f"rules: {selector}"
                return lead, paragraphs
            is_known_design |= body is not None
        # An empty body where the outlet keeps its text is empty; the generic way would take captions for it.
        if is_known_design or (self.has_body_rules and not generic_page.says_article(self.page)):
            return lead, []
        found_lead, paragraphs, origin = generic_page.text(self.page)
        if paragraphs:
            self.origins["body"] = origin
        if not lead and found_lead:
            lead = self._noted("lead", found_lead, origin)
        return lead, paragraphs

    def _is_gallery(self) -> bool:
        selector = self.rules.flags.get("gallery")
        return bool(selector and (self.scope or self.page.tree).css_first(selector))

    def _ruled_lead(self) -> str | None:
        for selector in self.rules.lead:
            css, attribute = outlet_rules.split_selector(selector)
            for node in outlet_rules.one_by_one(self.scope or self.page.tree, css):
                if attribute:
                    text = outlet_rules.value_of(node, attribute)
                else:
                    remove(node, self.rules.junk)
                    text = fold_space(" ".join(paragraphs_of(node)))
                if text:
                    return self._noted("lead", text, f"rules: {selector}")
        return None

    def _doubt(self, headline: str | None, body: str) -> None:
        """Little or nothing was found: is the page something else? Raises the answer."""
        if body and headline and self.origins["body"].startswith("rules"):
            return
        problem = diagnosis(self.page, says_article=generic_page.says_article(self.page))
        if problem:
            raise problem
        if not body:
            raise ArticleNotFound(self.page.url, reason="no-body")
        if not headline:
            raise ArticleNotFound(self.page.url, reason="no-headline")

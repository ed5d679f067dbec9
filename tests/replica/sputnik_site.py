"""sputnikglobe.com: which address shows what."""

from __future__ import annotations

import hashlib
import random
import re
from collections import OrderedDict
from collections.abc import Callable
from email.utils import formatdate

from tests.replica import article_markup, feeds, furniture, listing_markup
from tests.replica.article_markup import Facts
from tests.replica.clock import moment
from tests.replica.compose import compose
from tests.replica.content import Content
from tests.replica.deck import ASIA_SECTION, SECTION_NAMES
from tests.replica.listing_markup import Item
from tests.replica.messages import Request, Response
from tests.replica.old_design import old_page
from tests.replica.site import Options
from tests.replica.world import SCREEN, Slot, World, day_of

_NEW = re.compile(r"/(?P<day>\d{8})/(?:.+-)?(?P<number>\d{6,12})\.html")
_OLD = re.compile(r"/[\w-]+/(?P<day>\d{8})(?P<number>\d{8,10})-[^/]*/")
_DAY = re.compile(r"/(\d{8})/")
_MORE = re.compile(r"/services/([\w-]+)/more\.html")
_CURSOR = re.compile(r"\d{1,12}")
NON_ARTICLES = (
    "/docs/about/feedback.html",
    "/docs/about/privacy_policy.html",
    "/docs/about/terms_of_use.html",
)
"""Pages that end in .html and are no articles; /asia/ promotes the first."""
_CACHE_CHARACTERS = 128 * 2**20


class SputnikSite:
    """Answers as sputnikglobe.com does, from the world's truth."""

    def __init__(self, world: World, options: Options) -> None:
        self.world = world
        self.options = options
        self._padding = furniture.padding(self.options.padding)
        self._contents: OrderedDict[tuple[int, int], Content] = OrderedDict()
        self._pages: OrderedDict[tuple[int, int, str], Response] = OrderedDict()
        self._cached = 0
        self._fixed: dict[str, Callable[[Request, int], Response]] = {
            "/robots.txt": lambda request, now: Response(
                body=feeds.ROBOTS.encode(), content_type="text/plain; charset=utf-8", kind="robots"
            ),
            "/export/rss2/archive/index.xml": self._rss,
            "/sitemap_article_index.xml": self._sitemap_index,
            "/sitemap_article.xml": self._sitemap,
            "/sitemap_list_index.xml": self._section_sitemap,
            "/sitemap_archive.xml": self._archive_sitemap,
            "/": self._home,
        }

    # --- what the server and the truth ask -------------------------------------------------------

    def respond(self, request: Request, now: int) -> Response:
        """The answer to a request at that time."""
        path = request.path
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed(request, now)
        if path.endswith(".html") and (match := _NEW.fullmatch(path.removeprefix("/amp"))):
            return self._article(request, path, int(match["number"]), now)
        if match := _OLD.fullmatch(path.removeprefix("/amp")):
            return self._article(request, path, int(match["number"]), now)
        if match := _DAY.fullmatch(path):
            return self._day(request, match[1], now)
        if path[1:-1] in SECTION_NAMES and path.endswith("/"):
            return self._section(request, path[1:-1], now)
        if match := _MORE.fullmatch(path):
            return self._more(request, match[1], now)
        if path in NON_ARTICLES:
            return _html(_document(path))
        return not_found()

    def content(self, slot: Slot, version: int) -> Content:
        """What a version of an article says; kept for a while, since pages, lists and truth all ask."""
        key = (slot.index, version)
        content = self._contents.get(key)
        if content is None:
            content = self._contents[key] = compose(self.world, slot, version)
            if len(self._contents) > 8192:
                self._contents.popitem(last=False)
        return content

    def forget(self, slot: Slot) -> None:
        """Drop what was kept of an article that was changed by hand."""
        for key in [key for key in self._contents if key[0] == slot.index]:
            del self._contents[key]
        for page in [key for key in self._pages if key[0] == slot.index]:
            dropped = self._pages.pop(page)
            self._cached -= len(dropped.body) + len(dropped.after)

    # --- articles --------------------------------------------------------------------------------

    def _article(self, request: Request, path: str, number: int, now: int) -> Response:
        self.world.extend(now)
        slot = self.world.by_number.get(number)
        if slot is None or slot.appears > now:
            return not_found("article")
        own, old = self.world.path(slot), self.world.old_path(slot)
        if path not in (own, old, self.world.amp_path(slot), self.world.second_path(slot)):
            return not_found("article")
        if not slot.is_up(now):
            return gone(slot.removal)
        if path == old and path != own:
            return Response(status=301, headers=[("Location", own)], kind="article")
        version = slot.version_at(now)
        form = "amp" if path.startswith("/amp/") else "page"
        response = self._page(slot, version, form)
        return self._conditional(
            request, response, f"{number:x}-{version}{form[0]}", self._changed(slot, version)
        )

    def _changed(self, slot: Slot, version: int) -> int:
        return slot.edits[version - 1].at if version else slot.appears

    def _page(self, slot: Slot, version: int, form: str) -> Response:
        key = (slot.index, version, form)
        response = self._pages.get(key)
        if response is not None:
            return response
        content, facts = self.content(slot, version), self.facts(slot)
        if form == "amp":
            text = article_markup.amp_page(content, facts)
        elif slot.card.design == "old":
            text = old_page(content, facts)
        else:
            text = article_markup.article_page(content, facts)
        before, mark, after = text.partition(furniture.PADDING_MARK)
        response = Response(body=(before + after).encode(), kind="article")
        if mark and self._padding:
            response = Response(
                body=before.encode(), kind="article", padding=self._padding, after=after.encode()
            )
        self._pages[key] = response
        self._cached += len(text)
        while self._cached > _CACHE_CHARACTERS:
            _, oldest = self._pages.popitem(last=False)
            self._cached -= len(oldest.body) + len(oldest.after)
        return response

    def facts(self, slot: Slot) -> Facts:
        """What the markup of this article needs besides its text."""
        following = ""
        if slot.card.name == "infinite-scroll" and slot.index:
            other = self.world.slots[slot.index - 1]
            if other.card.design == "new":
                dice = random.Random(f"{self.world.seed}:{other.index}:form")
                following = article_markup.article_element(
                    self.content(other, 0), self.facts_of_next(other), dice
                )
        return Facts(
            path=self.world.path(slot),
            amp_path=self.world.amp_path(slot),
            number=slot.number,
            dice_seed=f"{self.world.seed}:{slot.index}:form",
            next_article=following,
            tags_shown=slot.card.name != "no-tags-shown",
        )

    def facts_of_next(self, slot: Slot) -> Facts:
        """Facts of an article that is shown below another one; nothing follows it in turn."""
        return Facts(self.world.path(slot), self.world.amp_path(slot), slot.number, f"{slot.index}:below")

    def _conditional(self, request: Request, response: Response, tag: str, changed: int) -> Response:
        """The response with its validators, or 304 if the client has it already."""
        etag, stamp = f'"{tag}"', formatdate(changed, usegmt=True)
        headers = []
        if self.options.validators in ("both", "etag"):
            headers.append(("ETag", etag))
        if self.options.validators in ("both", "last-modified"):
            headers.append(("Last-Modified", stamp))
        asked_tag, asked_since = (
            request.headers.get("if-none-match"),
            request.headers.get("if-modified-since"),
        )
        known = dict(headers)
        if asked_tag is not None and "ETag" in known:
            unchanged = etag in asked_tag or asked_tag.strip() == "*"
        else:
            unchanged = "Last-Modified" in known and asked_since == stamp
        if unchanged:
            return Response(status=304, headers=headers, kind=response.kind)
        response.headers = headers
        return response

    # --- channels --------------------------------------------------------------------------------

    def item(self, slot: Slot, channel: str, now: int) -> Item:
        """The article as a channel shows it now."""
        title = self.world.title(slot)
        if any(edit.kind == "headline" and edit.at <= now for edit in slot.edits):
            title = self.content(slot, slot.version_at(now)).headline
        return Item(self.world.shown_path(slot, channel), title, slot.published, (slot.place.tag,))

    def _section(self, request: Request, slug: str, now: int) -> Response:
        slots = self.world.listing(slug, now)
        items = [self.item(slot, "listing", now) for slot in slots]
        if slug == ASIA_SECTION:
            items = self._with_promotions(items, slots, now)
        more = self._more_url(slug, slots, now)
        page = listing_markup.section_page(slug, SECTION_NAMES[slug], items, more, now)
        return self._listed(request, page, "listing")

    def _with_promotions(self, items: list[Item], slots: list[Slot], now: int) -> list[Item]:
        """On top an old article; lower down a page that is no article, and one that stands above already."""
        pinned = self.world.pinned_at(now)
        promoted = items[:5]
        promoted.append(Item(NON_ARTICLES[0], "Tell Us What You Think of Our Site", now - now % 86400))
        promoted += items[5:]
        if len(items) > 3:
            promoted.append(items[2])
        return [self.item(pinned, "listing", now), *promoted] if pinned else promoted

    def _day(self, request: Request, day: str, now: int) -> Response:
        if day > day_of(now):
            return not_found("archive")
        slots = self.world.day_screen(day, now)
        items = [self.item(slot, "archive", now) for slot in slots]
        return self._listed(
            request, listing_markup.day_page(day, items, self._more_url(day, slots, now), now), "archive"
        )

    def _more(self, request: Request, what: str, now: int) -> Response:
        cursor = request.query.get("id", "")
        skip_from = int(cursor) if _CURSOR.fullmatch(cursor) and cursor != "0" else None
        if what in SECTION_NAMES:
            slots, channel = self.world.listing(what, now, skip_from=skip_from), "listing"
        elif _DAY.fullmatch(f"/{what}/"):
            slots, channel = self.world.day_screen(what, now, skip_from=skip_from), "archive"
        else:
            return not_found("fragment")
        items = [self.item(slot, channel, now) for slot in slots]
        page = listing_markup.fragment(items, self._more_url(what, slots, now), now)
        return Response(body=page.encode(), kind="fragment")

    def _more_url(self, what: str, slots: list[Slot], now: int) -> str | None:
        if not slots:
            return None
        last = slots[-1]
        return f"/services/{what}/more.html?id={last.number}&date={moment(last.published):%Y%m%dT%H%M%S}"

    def _home(self, request: Request, now: int) -> Response:
        items = [self.item(slot, "feed", now) for slot in self.world.feed(now)[:SCREEN]]
        return _html(listing_markup.home_page(items), "home")

    def _rss(self, request: Request, now: int) -> Response:
        items = [self.item(slot, "feed", now) for slot in self.world.feed(now)]
        return _xml(feeds.rss(items, now), "feed", "application/rss+xml; charset=utf-8")

    def _sitemap_index(self, request: Request, now: int) -> Response:
        self.world.extend(now)
        months = sorted(
            {day[:6] for day, slots in self.world.days.items() if slots[0].appears <= now}, reverse=True
        )
        return _xml(feeds.sitemap_index([(month + "01", _last_day(month)) for month in months]), "sitemap")

    def _sitemap(self, request: Request, now: int) -> Response:
        today = day_of(now)
        first, last = request.query.get("date_start", today), request.query.get("date_end", today)
        entries = []
        for slot in self.world.between(first, last, now):
            version = slot.version_at(now)
            stated = [edit.at for edit in slot.edits[:version] if edit.kind not in ("typo", "revert")]
            entries.append((self.world.shown_path(slot, "sitemap"), stated[-1] if stated else slot.published))
        return self._listed(request, feeds.sitemap(entries), "sitemap")

    def _section_sitemap(self, request: Request, now: int) -> Response:
        return _xml(feeds.sitemap([(f"/{slug}/", None) for slug in SECTION_NAMES]), "sitemap")

    def _archive_sitemap(self, request: Request, now: int) -> Response:
        days = sorted((day for day in self.world.days if day <= day_of(now)), reverse=True)
        return _xml(feeds.sitemap([(f"/{day}/", None) for day in days]), "sitemap")

    def _listed(self, request: Request, page: str, kind: str) -> Response:
        response = _xml(page, kind) if kind == "sitemap" else _html(page, kind)
        if not self.options.conditional_listings:
            return response
        etag = f'"{hashlib.blake2b(response.body, digest_size=8).hexdigest()}"'
        if etag in request.headers.get("if-none-match", ""):
            return Response(status=304, headers=[("ETag", etag)], kind=kind)
        response.headers.append(("ETag", etag))
        return response


def not_found(kind: str = "other") -> Response:
    """404, with the site's own page."""
    body = '<div class="error"><h1 class="error__title">404</h1><div>Page not found</div></div>'
    page = furniture.page("<title>Page not found - Sputnik International</title>", body)
    return Response(status=404, body=page.encode(), kind=kind)


def gone(status: int) -> Response:
    """What a removed article answers."""
    response = not_found("article")
    response.status = status
    return response


def _html(page: str, kind: str = "other") -> Response:
    return Response(body=page.encode(), kind=kind)


def _xml(text: str, kind: str, content_type: str = "text/xml; charset=utf-8") -> Response:
    return Response(body=text.encode(), content_type=content_type, kind=kind)


def _document(path: str) -> str:
    title = path.rpartition("/")[2].removesuffix(".html").replace("_", " ").title()
    text = f'<h1 class="article__title">{title}</h1><p>How we run this site.</p>'
    body = f'<div class="white-longread">{text}</div>'
    return furniture.page(furniture.head_of(title, title, path), body)


def _last_day(month: str) -> str:
    year, number = int(month[:4]), int(month[4:])
    days = 31 if number in (1, 3, 5, 7, 8, 10, 12) else 30
    if number == 2:
        days = 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return f"{month}{days}"

"""Hostile channels: listing pages, feeds, sitemaps and robots.txt."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

from tests.hostile.files.registry import MIB, Files, HostileFile, Role, filled, hostile

GOOD = "/20261120/harbour-talks-1100000001.html"
"""An article that the harness serves; every channel that can still be read shows it."""
SITEMAP_LIMIT = 16 * MIB

_BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "boat"}">' for n in range(10))
_XXE = '<!DOCTYPE x [<!ENTITY a SYSTEM "{}">]>'
_EXTERNAL = ("file:///etc/hostname", "http://127.0.0.1:{port}/xxe", "http://169.254.169.254/")


def _file(body: str | bytes, role: Role, content_type: str, limit: int) -> HostileFile:
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return HostileFile(data[:limit], content_type, role)


def _listing(inside: str | bytes) -> HostileFile:
    data = inside if isinstance(inside, bytes) else inside.encode("utf-8", "surrogatepass")
    start = (
        f'<html><body><div class="list__item"><a class="list__title" href="{GOOD}">Harbour talks</a></div>'
    )
    return _file(start.encode() + data, "listing", "text/html", 4 * MIB)


def _link(href: str) -> str:
    return f'<div class="list__item"><a class="list__title" href="{href}">x</a></div>'


@hostile
def listings() -> Files:
    """Lists that lead away, or do not end."""
    for name, href in (
        ("script", "javascript:alert(1)"),
        ("data", "data:text/html,x"),
        ("inside", "http://169.254.169.254/20261120/x-1100000009.html"),
        ("loopback", "http://127.0.0.1:22/20261120/x-1100000009.html"),
        ("other-host", "https://evil.example/20261120/x-1100000009.html"),
        ("look-alike-host", "https://hostile.example.evil.example/20261120/x-1100000009.html"),
        ("user-is-the-host", "https://hostile.example@evil.example/20261120/x-1100000009.html"),
        ("backslash-host", "https://evil.example\\@hostile.example/20261120/x-1100000009.html"),
        ("other-port", "https://hostile.example:8443/20261120/x-1100000009.html"),
        ("no-address", "http://[::1/%zz"),
        ("nul", "/2026\x001120/x-1100000009.html"),
        ("new-line", "/20261120/x\r\nX-Injected: 1-1100000009.html"),
        ("surrogates", "/20261120/\ud800-1100000009.html"),
        ("dots", "/20261120/../../../../etc/passwd-1100000009.html"),
    ):
        yield name, _listing(_link(href))
    yield "long-address", _listing(_link("/20261120/" + "a" * MIB + "-1100000009.html"))
    yield "same-link", _listing(_link(GOOD) * 30_000)
    yield "same-article", _listing("".join(_link(f"{GOOD}?x={n}") for n in range(20_000)))
    yield "nested", _listing(filled("<div class='list__item'>"))
    yield "more-of-itself", _listing('<div class="list__more" data-url="/asia/"></div>')
    yield "endless-more", _listing('<div class="list__more" data-url="/asia/?page=1"></div>')
    yield "more-inside", _listing('<div class="list__more" data-url="http://169.254.169.254/"></div>')
    yield (
        "many-more",
        _listing("".join(f'<div class="list__more" data-url="/asia/?p={n}">' for n in range(20_000))),
    )
    yield (
        "times",
        _listing(
            f'<div class="list__item"><a class="list__title" href="{GOOD}?2">x</a>'
            f'<i data-unixtime="{"9" * 100_000}"></i></div>'
        ),
    )


def _feed(inside: str, prolog: str = "") -> HostileFile:
    text = f'<?xml version="1.0"?>{prolog}<rss version="2.0"><channel>{_item(GOOD)}{inside}</channel></rss>'
    return _file(text, "feed", "application/rss+xml", 4 * MIB)


def _item(link: str, title: str = "Harbour talks", extra: str = "") -> str:
    return f"<item><title>{title}</title><link>https://hostile.example{link}</link>{extra}</item>"


@hostile
def feeds() -> Files:
    """Feeds with entities, with anything but items, or with items by the ten thousand."""
    yield "entity-bomb", _feed("<item><title>&a9;</title></item>", f"<!DOCTYPE rss [{_BOMB}]>")
    yield "entity-bomb-in-link", _feed("<item><link>&a9;</link></item>", f"<!DOCTYPE rss [{_BOMB}]>")
    yield (
        "quadratic-entity",
        _feed(
            "<item><title>" + "&a;" * 30_000 + "</title></item>",
            f'<!DOCTYPE rss [<!ENTITY a "{"boat" * 10_000}">]>',
        ),
    )
    for number, address in enumerate(_EXTERNAL):
        yield f"external-entity-{number}", _feed("<item><link>&a;</link></item>", _XXE.format(address))
    yield "external-dtd", _feed("", '<!DOCTYPE rss SYSTEM "http://127.0.0.1:{port}/xxe.dtd">')
    yield (
        "parameter-entity",
        _feed("", '<!DOCTYPE rss [<!ENTITY % a SYSTEM "http://127.0.0.1:{port}/xxe"> %a;]>'),
    )
    yield (
        "xinclude",
        _feed('<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hostname"/></x>'),
    )
    yield "stylesheet", _feed("", '<?xml-stylesheet href="http://127.0.0.1:{port}/x.xsl"?>')
    yield "items", _feed("".join(_item(f"/20261120/x-{n}.txt") for n in range(30_000)))
    yield "nested", _feed("<item>" * 20_000)
    yield "attributes", _feed("<item " + " ".join(f"a{n}='1'" for n in range(100_000)) + "/>")
    yield "namespaces", _feed("".join(f"<a xmlns:n{n}='u{n}'/>" for n in range(30_000)))
    yield "long-title", _feed(_item("/x.html", "boat " * 500_000))
    yield "long-date", _feed(_item("/x.html", extra="<pubDate>" + "Fri, " * 200_000 + "</pubDate>"))
    yield (
        "script-links",
        _feed("<item><link>javascript:alert(1)</link></item><item><link>file:///x</link></item>"),
    )
    yield "cut", _file(_feed("<item><title>cut").body[:-30], "feed", "application/rss+xml", MIB)
    yield "html", _file("<html><body>We moved</body></html>", "feed", "text/html", MIB)
    yield "empty", _file("", "feed", "application/rss+xml", MIB)
    yield "no-items", _file("<rss><channel></channel></rss>", "feed", "application/rss+xml", MIB)
    yield "nul", _feed(_item("/20261120/a\x00b-1.html"))
    yield "controls", _feed(_item("/20261120/a-1.html", "\x1b[2J\x08&#27;"))
    yield "utf-7", _file("<?xml version='1.0' encoding='utf-7'?><rss/>", "feed", "application/xml", MIB)
    yield (
        "unknown-charset",
        _file("<?xml version='1.0' encoding='klingon'?><rss/>", "feed", "application/xml", MIB),
    )
    yield "json", _file('{"items":[]}', "feed", "application/feed+json", MIB)


def _sitemap(urls: Iterable[str], extra: str = "", prolog: str = "") -> HostileFile:
    body = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    text = f'<?xml version="1.0"?>{prolog}<urlset><url><loc>https://hostile.example{GOOD}</loc></url>{body}{extra}</urlset>'
    return _file(text, "sitemap", "application/xml", SITEMAP_LIMIT)


def _index(urls: Iterable[str]) -> HostileFile:
    body = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return _file(f"<sitemapindex>{body}</sitemapindex>", "sitemap", "application/xml", SITEMAP_LIMIT)


@hostile
def sitemaps() -> Files:
    """Sitemaps with more addresses than there are, or that lead round in a circle."""
    site = "https://hostile.example"
    yield "two-hundred-thousand", _sitemap(f"{site}/2026/{n}.txt" for n in range(200_000))
    yield (
        "fifty-thousand-articles",
        _sitemap(f"{site}/20191120/x-{n + 1200000000}.html" for n in range(50_000)),
    )
    yield "entity-bomb", _sitemap([], "<url><loc>&a9;</loc></url>", f"<!DOCTYPE x [{_BOMB}]>")
    yield "external-entity", _sitemap([], "<url><loc>&a;</loc></url>", _XXE.format(_EXTERNAL[1]))
    yield "other-hosts", _sitemap(f"https://evil{n}.example/20261120/x-1.html" for n in range(1_000))
    yield (
        "inside",
        _sitemap(["http://169.254.169.254/20261120/x-1.html", "http://127.0.0.1/20261120/x-1.html"]),
    )
    yield "other-schemes", _sitemap(["file:///etc/passwd", "ftp://hostile.example/x", "javascript:alert(1)"])
    yield "nested", _sitemap([], "<url>" * 20_000)
    yield "long-address", _sitemap([f"{site}/20261120/" + "a" * MIB + "-1.html"])
    yield "index-of-itself", _index([f"{site}/sitemap.xml"])
    yield "endless-index", _index([f"{site}/sitemap.xml?1", f"{site}/sitemap.xml?2"])
    yield "index-inside", _index(["http://169.254.169.254/sitemap.xml", "http://127.0.0.1:{port}/x.xml"])
    yield "index-of-thousands", _index(f"{site}/none.xml?{n}" for n in range(300))
    yield "gzip", _file(gzip.compress(_sitemap([]).body), "sitemap", "application/x-gzip", SITEMAP_LIMIT)
    yield "gzip-bomb", _file(gzip.compress(bytes(200 * MIB)), "sitemap", "application/gzip", SITEMAP_LIMIT)
    yield "html", _file("<html><body>Map</body></html>", "sitemap", "text/html", MIB)
    yield "empty", _file("", "sitemap", "application/xml", MIB)
    yield "cut", _file(_sitemap([f"{site}/20261120/y-1.html"]).body[:-40], "sitemap", "application/xml", MIB)


@hostile
def robots() -> Files:
    """A robots.txt that is a bomb, a page, or noise; none forbids anything to us."""
    for name, text in (
        ("html", "<html><body>Not found</body></html>"),
        ("nul", "User-agent: *\x00\nDisallow: /\x00secret"),
        ("byte-order-mark", "\ufeffUser-agent: *\nDisallow: /private"),
        ("one-line", "a" * MIB),
        ("no-lines", "\n" * MIB),
        ("stars", "User-agent: *\nDisallow: /" + "*a" * 100_000 + "$"),
        ("many-rules", "User-agent: *\n" + "".join(f"Disallow: /x{n}\n" for n in range(30_000))),
        (
            "agents-times-rules",
            "".join(f"User-agent: b{n}\n" for n in range(15_000)) + "Disallow: /x*y\n" * 15_000,
        ),
        ("crawl-delay-nan", "User-agent: *\nCrawl-delay: nan"),
        ("crawl-delay-negative", "User-agent: *\nCrawl-delay: -1e308"),
        ("crawl-delay-infinite", "User-agent: *\nCrawl-delay: inf"),
        ("request-rate", "User-agent: *\nRequest-rate: 1/0\nRequest-rate: 99999999999999999999/1"),
        ("sitemaps", "".join(f"Sitemap: http://169.254.169.254/{n}\n" for n in range(10_000))),
        ("percent", "User-agent: *\nDisallow: /" + "%ff" * 50_000),
        ("utf-16", "User-agent: *\nDisallow: /private"),
    ):
        data = text.encode("utf-16") if name == "utf-16" else text.encode()
        yield name, _file(data, "robots", "text/plain", 4 * MIB)
    yield "noise", _file(bytes(range(256)) * 2_000, "robots", "text/plain", MIB)

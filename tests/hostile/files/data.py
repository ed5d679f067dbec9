"""Hostile structured data: JSON-LD, meta elements, addresses, pictures."""

from __future__ import annotations

import json

from tests.hostile.files.registry import MIB, Files, HostileFile, article, filled, hostile

DEEP = 10_000


def _ld(text: str, times: int = 1) -> HostileFile:
    return article(head=f'<script type="application/ld+json">{text}</script>' * times)


@hostile
def json_ld() -> Files:
    """Scripts that recurse, swell, or are of another type than they should be."""
    yield "arrays", _ld("[" * DEEP + "]" * DEEP)
    yield "arrays-open", _ld("[" * 1_000_000)
    yield "objects", _ld('{"a":' * DEEP + "1" + "}" * DEEP)
    yield "objects-open", _ld('{"@type":"NewsArticle","a":' * 50_000)
    yield "graph-in-graph", _ld('{"@graph":[' * 900 + "]}" * 900)
    yield "long-text", _ld(json.dumps({"@type": "NewsArticle", "articleBody": "Boats. " * 400_000}))
    yield "long-list", _ld(json.dumps([{"@type": "NewsArticle", "headline": f"H{n}"} for n in range(50_000)]))
    yield (
        "many-authors",
        _ld(json.dumps({"@type": "NewsArticle", "author": [{"name": f"A B{n}"} for n in range(50_000)]})),
    )
    yield (
        "many-keywords",
        _ld(json.dumps({"@type": "NewsArticle", "keywords": [f"k{n}" for n in range(100_000)]})),
    )
    yield (
        "many-pictures",
        _ld(json.dumps({"@type": "NewsArticle", "image": [f"/{n}.jpg" for n in range(100_000)]})),
    )
    yield "many-scripts", _ld('{"@type":"NewsArticle"}', times=20_000)
    yield "huge-number", _ld('{"@type":"NewsArticle","datePublished":' + "9" * 100_000 + "}")
    yield "huge-exponent", _ld('{"@type":"NewsArticle","datePublished":1e999999,"headline":-1e-999999}')
    yield "not-a-number", _ld('{"@type":"NewsArticle","datePublished":NaN,"headline":Infinity}')
    yield "surrogates", _ld(r'{"@type":"NewsArticle","headline":"\ud800 \udfff talks","author":"\ud83d"}')
    yield "nul", _ld(r'{"@type":"NewsArticle","headline":"a\u0000b","articleSection":"\u001b[2J"}')
    yield "same-key", _ld("{" + '"@type":"NewsArticle",' * 100_000 + '"a":1}')
    yield "cut", _ld('{"@type":"NewsArticle","headline":"Harbour')
    yield "backslashes", _ld('{"@type":"NewsArticle","headline":"' + "\\" * 200_000)
    yield "quotes", _ld('{"@type":"NewsArticle","headline":' + '"' * 200_000)
    yield "commas", _ld('{"@type":"NewsArticle"' + ", " * 200_000 + "}")
    yield "comment-openers", _ld("<!--" * 200_000)
    yield "cdata", _ld("<![CDATA[" * 100_000 + '{"@type":"NewsArticle"}')
    yield "two-values", _ld('{"@type":"NewsArticle"}' * 50_000)
    for kind in ("null", "true", "7", '"text"', "[]", "{}", '[[[{"x":1}]]]'):
        yield (
            f"headline-{kind.strip('[]{}')[:6] or kind}",
            _ld(
                f'{{"@type":"NewsArticle","headline":{kind},"author":{kind},"datePublished":{kind},"image":{kind},'
                f'"keywords":{kind},"articleSection":{kind},"articleBody":{kind},"publisher":{kind},"@id":{kind}}}'
            ),
        )
    yield "type-is-a-list", _ld('{"@type":[["NewsArticle"],null,7,{"a":1}],"headline":"x"}')
    yield (
        "refers-to-itself",
        _ld('{"@id":"#a","@type":"NewsArticle","author":{"@id":"#a"},"isPartOf":{"@id":"#a"}}'),
    )


@hostile
def meta() -> Files:
    """Meta and link elements that point elsewhere, or never end."""
    for name, head in (
        ("canonical-elsewhere", '<link rel=canonical href="https://evil.example/20261120/x-1.html">'),
        ("canonical-inside", '<link rel=canonical href="http://169.254.169.254/20261120/x-1100000001.html">'),
        ("canonical-file", '<link rel=canonical href="file:///etc/passwd">'),
        ("canonical-script", '<link rel=canonical href="javascript:alert(1)">'),
        ("canonical-home", '<link rel=canonical href="/">'),
        ("canonical-nonsense", '<link rel=canonical href="http://[::1/%zz">'),
        ("canonical-long", '<link rel=canonical href="/' + "a" * MIB + '">'),
        ("canonical-nul", '<link rel=canonical href="/2026\x001120/x-1.html">'),
        ("many-canonicals", '<link rel=canonical href="/20261120/x-2.html">' * 30_000),
        ("og-url-elsewhere", '<meta property="og:url" content="https://evil.example/">'),
        ("amp-elsewhere", '<link rel=amphtml href="http://127.0.0.1:22/">'),
        ("many-metas", "<meta name=keywords content=x>" * 100_000),
        ("many-names", "".join(f"<meta name=n{n} content=x>" for n in range(80_000))),
        ("long-keywords", '<meta name=keywords content="' + "boat," * 500_000 + '">'),
        ("noindex", "<meta name=robots content='none, noindex, noarchive, noai'>"),
        ("robots-long", '<meta name=robots content="' + "noindex," * 300_000 + '">'),
        ("section-is-a-path", '<meta property="article:section" content="../../x">'),
        ("language-long", '<meta property="og:locale" content="' + "en-" * 200_000 + '">'),
    ):
        yield name, article(head=head)


@hostile
def pictures() -> Files:
    """Pictures by the thousand, or at addresses that are none."""
    frame = '<div class="media"><img src="{}"><div class="media__title">x</div></div>'
    for name, inside in (
        ("many", "".join(frame.format(f"/img/{n}.jpg") for n in range(20_000))),
        ("same", frame.format("/img/1.jpg") * 20_000),
        ("data", frame.format("data:image/png;base64," + "A" * 2 * MIB)),
        ("script", frame.format("javascript:alert(1)")),
        ("inside", frame.format("http://169.254.169.254/x.jpg")),
        ("nonsense", frame.format("http://[::1/\x00%zz\\")),
        ("long", frame.format("/" + "a" * MIB)),
        ("srcset", '<img srcset="' + "/a.jpg 1x, " * 200_000 + '">'),
        ("svg", "<svg>" + "<use href='#a'/>" * 100_000 + "</svg>"),
    ):
        yield name, article(inside)
    yield "captions", article(caption=filled("A street (Reuters) © ", MIB))


@hostile
def related() -> Files:
    """Cards that lead anywhere but to articles."""
    card = '<div class="article__block" data-type="article"><a href="{}">x</a></div>'
    for name, href in (
        ("script", "javascript:alert(1)"),
        ("inside", "http://169.254.169.254/latest/"),
        ("other-host", "https://evil.example/20261120/x-1100000001.html"),
        ("no-address", "http://[::1/%zz"),
        ("credentials", "https://user:secret@hostile.example/20261120/x-1100000001.html"),
        ("unicode-host", "https://hostile。example/20261120/x-1100000001.html"),
        ("long", "/" + "a" * MIB),
        ("dots", "/" + "../" * 200_000 + "x.html"),
    ):
        yield name, article(card.format(href))
    yield "many", article("".join(card.format(f"/20261120/x-{n}.html") for n in range(30_000)))

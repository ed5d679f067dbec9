"""Own pages in the markup of both Sputnik designs, with the traps that the site notes name."""

from __future__ import annotations

from html import escape

NEW_URL = "https://sputnikglobe.com/20230522/harbour-towns-agree-on-a-joint-ferry-line-1110500123.html"


def block(kind: str, inner: str, **attributes: str) -> str:
    """One block of a body of the new design."""
    extra = "".join(f' data-{name}="{value}"' for name, value in attributes.items())
    return f'<div class="article__block" data-type="{kind}"{extra}>{inner}</div>'


def text_block(text: str) -> str:
    """A paragraph of the new design."""
    return block("text", f'<div class="article__text">{text}</div>')


def related_card(headline: str, href: str) -> str:
    """The card of another article between two paragraphs."""
    return block(
        "article",
        f'<div class="article__article"><a class="article__article-link" href="{href}">'
        f'<img src="https://cdnn1.img.example/card.jpg" alt="The card\'s picture - Sputnik International">'
        f'<div class="article__article-title">{headline}</div>'
        f'<div class="article__article-desc">1 May 2023, 10:00 GMT</div></a></div>',
    )


def new_design(
    *,
    headline: str,
    blocks: list[str],
    lead: str | None = None,
    caption: str = "",
    credit: str = "",
    alt: str = "",
    unixtime: int = 1684750560,
    head: str = "",
    after: str = "",
) -> str:
    """A page of the new design: hidden copy of the text, header, blocks, footer, chat furniture."""
    glued = escape("".join(blocks).replace("<", " <").replace(">", "> "))
    announce = f'<div class="article__announce-text">{lead}</div>' if lead else ""
    return f"""<!DOCTYPE html><html lang="en"><head>
<title>{headline} - 22.05.2023, Sputnik International</title>
<meta name="description" content="A short description.">
<meta property="og:title" content="{headline}">
<meta property="og:type" content="article">
<meta property="article:published_time" content="20230522T1016+0000">
<meta property="article:modified_time" content="20230522T1040+0000">
<meta property="article:section" content="Asia">
<meta name="keywords" content="asia, ferries, harbours">
<link rel="canonical" href="{NEW_URL}">{head}</head><body>
<div class="layout"><div class="article ">
<div class="article__meta" itemscope itemtype="https://schema.org/Article">
<div itemprop="headline">{headline}</div><div itemprop="datePublished">2023-05-22T10:16+0000</div>
<div itemprop="articleBody">{glued}</div>
<div itemprop="publisher">Sputnik International feedback@example.com +70000000000 252 60</div>
<div itemprop="keywords">asia, ferries, harbours</div></div>
<div class="article__header"><div class="article__info"><div class="article__info-date">
<a href="/20230522/" data-unixtime="{unixtime}">10:16 GMT 22.05.2023</a>
<span class="article__info-date-modified">(Updated: 10:40 GMT 22.05.2023)</span></div></div>
<h1 class="article__title">{headline}</h1>
<div class="article__announce"><div class="media" data-media-tipe="ar16x9"><div class="media__size">
<div class="photoview__open"><img media-type="ar16x9" alt="{alt}" title="{alt}" src="https://cdnn1.img.example/a.jpg">
</div></div><div class="media__copyright "><div class="media__copyright-item m-copyright">{credit}</div>
<div class="media__copyright-item m-buy"><a href="/buy">Go to the mediabank</a></div></div>
<div class="media__title">{caption}</div></div></div>
<div class="article__google-news">Subscribe</div>{announce}
<div class="article__author">
<div class="article__author-name">By Mara Lindqvist. Sputnik International</div></div>
</div><div class="article__body">{"".join(blocks)}</div>
<div class="article__footer"><ul class="tags">
<li class="tag"><a class="tag__text" href="/geo_asia/">asia</a></li>
<li class="tag"><a class="tag__text" href="/keyword_ferries/">ferries</a></li></ul></div></div>
<div class="chat">Newsfeed 0 To participate in the discussion log in or register loader Chats</div>
<div class="article "><h1 class="article__title">The next article</h1><div class="article__body">
{text_block("Text of the next article, loaded by endless scrolling.")}</div></div>
{after}</div></body></html>"""

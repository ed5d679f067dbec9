"""Own pages of outlets that nobody knows, with the furniture that such pages have."""

from __future__ import annotations

import json

PARAGRAPHS = [
    "Two harbour towns on the strait agreed on Monday to open a ferry line next spring, officials said.",
    "The line is to run twice a day from the old pier, and the towns will share its cost for ten years.",
    "“We have waited for this for a generation,” said one of the mayors, who signed the papers at noon.",
    "Fishermen at the pier were less sure: the new berth takes the place where they mend their nets.",
    "A first boat has been ordered from a yard in the north, which promises to deliver it in February.",
]
LEAD = "After forty years of talks the two towns on the strait will be joined by a boat again."
HEADLINE = "Harbour Towns Agree on a Joint Ferry Line"
URL = "https://www.strait-daily.example/news/2023/05/22/harbour-towns-ferry-line"

CARD = (
    '<div class="related-story"><a href="/news/2023/05/01/old-ferry"><img src="/card.jpg">'
    "<h3>Old Ferry Sinks at Its Mooring After Storm</h3></a>"
    "<p>The last boat of the former line went down on Saturday, and nobody was hurt, the port said.</p></div>"
)


def page(
    *,
    language: str = "en",
    headline: str = HEADLINE,
    lead: str | None = LEAD,
    paragraphs: list[str] = PARAGRAPHS,
    head: str = "",
    byline: str = "By Mara Lindqvist",
    date: str = '<time datetime="2023-05-22T10:16:30+09:00">22 May 2023</time>',
    inner: str = CARD,
    article_class: str = "story-body",
    after: str = "",
) -> str:
    """A page with navigation, a teaser list, comments, a newsletter box and a footer around its article."""
    texts = [f"<p>{text}</p>" for text in paragraphs]
    texts.insert(len(texts) // 2, inner)
    return f"""<!DOCTYPE html><html lang="{language}"><head><title>{headline} | The Strait Daily</title>
<meta property="og:title" content="{headline}"><meta property="og:site_name" content="The Strait Daily">
<meta property="og:type" content="article">{head}</head><body>
<nav class="menu"><a href="/">Home</a> <a href="/news">News</a> <a href="/sport">Sport</a></nav>
<div class="ticker"><a href="/a">Rain in the south, snow in the north, the weather office says</a></div>
<article><header><h1>{headline}</h1>{f'<p class="standfirst">{lead}</p>' if lead else ""}
<div class="byline">{byline}</div>{date}</header>
<figure><img src="/ferry.jpg"><figcaption>A ferry leaves the old harbour. (AFP/Jo Maren)</figcaption></figure>
<div class="{article_class}">{"".join(texts)}
<p>Subscribe to our newsletter for more news from the strait.</p></div>
<div class="tags"><a href="/tag/ferries">ferries</a> <a href="/tag/ports">ports</a></div></article>
<section class="comments"><h2>Comments</h2>
<p>I took the last boat when I was a child, and I still miss it so much.</p>
<p>They will never build it, I have heard such promises since my father was mayor of this town.</p></section>
<aside class="most-read"><ol><li><a href="/b">Ten ways to cook a mackerel, by people who know</a></li>
</ol></aside><footer><p>© 2023 The Strait Daily. All rights reserved. No part of this site may be copied
without leave.</p></footer>
{after}</body></html>"""


def json_ld(**values: object) -> str:
    """A script with the article's structured data."""
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **values})}</script>'

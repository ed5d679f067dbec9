"""An article in the design of 2019 and 2020, at its old address."""

from __future__ import annotations

import random

from tests.replica.article_markup import DATELINES, Facts
from tests.replica.clock import moment
from tests.replica.content import Block, Content, Photo
from tests.replica.furniture import PADDING_MARK
from tests.replica.rich import attribute, escaped, markup
from tests.replica.world import OLD_SITE

_MOSCOW = 3 * 3600


def old_page(content: Content, facts: Facts) -> str:
    """The whole page. In 2019 the site wrote Moscow time and called it Z; only `analytics:p_ts` is right."""
    dice = random.Random(facts.dice_seed)
    moscow = moment(content.published).year == 2019
    shift = _MOSCOW if moscow else 0
    published, modified = content.published + shift, (content.modified or content.published) + shift
    zone = "" if moscow else " GMT"
    author = f"{content.authors[0]}. Sputnik International" if content.authors else "Sputnik"
    return (
        '<!DOCTYPE html SYSTEM "about:legacy-compat">\n<html lang="en" class="responsive" itemscope="" '
        f'itemtype="http://schema.org/{"Article" if moscow else "NewsArticle"}"><head>'
        f"{_head(content, facts, author, published, modified)}{PADDING_MARK}</head>"
        '<body class="site_int"><div class="page_container m-relative"><div class="b-sitenav "></div>'
        f"{_title_bar(content)}"
        '<div class="l-main m-oh"><div class="l-wrap m-clear"><div class="l-maincolumn m-static">'
        '<div class="b-article">'
        f"{_refs(content, facts, published, modified, zone)}"
        f"{'' if moscow else _meta_block(facts, author)}"
        f"{_lead(content)}"
        f'<div itemprop="articleBody" class="b-article__text">{_text(content, dice)}</div>'
        f"{_tail(content, facts)}</div></div></div></div></div></body></html>"
    )


def _head(content: Content, facts: Facts, author: str, published: int, modified: int) -> str:
    url = OLD_SITE + facts.path
    shown, changed = f"{moment(published):%Y-%m-%dT%H:%M:%S}Z", f"{moment(modified):%Y-%m-%dT%H:%M:%S}Z"
    keywords = attribute(", ".join(content.tags))
    # The head may keep the headline of the first hour; the one above the text counts.
    first = content.headline + (" − Reports" if facts.number % 2 else "")
    return (
        f"<title>{escaped(first)} - Sputnik International</title>"
        f'<meta name="description" content="{attribute(content.description)}">'
        f'<meta name="keywords" content="{keywords}"><meta http-equiv="Content-Type" '
        'content="text/html; charset=utf-8">'
        f'<meta name="robots" content="all"><meta name="analytics:p_ts" content="{content.published}">'
        f'<meta name="analytics:rubric" content="asia"><meta name="author" content="{attribute(author)}">'
        f'<link rel="canonical" href="{url}"><meta property="og:title" content="{attribute(first)}">'
        f'<meta property="og:url" content="{url}"><meta property="og:type" content="website">'
        f'<meta property="og:description" content="{attribute(content.description)}">'
        '<link rel="alternate" href="/export/rss2/archive/index.xml" title="RSS" type="application/rss+xml">'
        f'<meta content="{changed}" http-equiv="last-modified"><meta content="{changed}" '
        'itemprop="dateModified" name="lastmod">'
        f'<meta content="{shown}" itemprop="datePublished" name="pubdate"><meta content="{shown}" '
        'itemprop="dateCreated">'
        f'<link rel="amphtml" href="{OLD_SITE}{facts.amp_path}"><meta name="news_keywords" '
        f'content="{keywords}">'
    )


def _title_bar(content: Content) -> str:
    picture, owner = "", ""
    if content.photo:
        caption = attribute(content.photo.caption)
        picture = (
            f'<img src="{content.photo.url}" width="1000" height="541" alt="{caption}" '
            f'title="{caption}" class="" '
            'itemprop="associatedMedia">'
        )
        owner = f'<div class="b-article__header-copy"><span>{escaped(content.photo.credit)}</span></div>'
    return (
        '<div class="l-wrap breakingnews"><div class="b-header"><a class="b-header__logo" href="/"></a>'
        f'<div class="b-article__header">{picture}<div class="b-article__header-title ">'
        f'<h1 itemprop="name">{escaped(content.headline)}</h1></div>{owner}</div></div></div>'
    )


def _refs(content: Content, facts: Facts, published: int, modified: int, zone: str) -> str:
    updated = ""
    if content.modified is not None:
        updated = (
            f'<time itemprop="dateModified" datetime="{moment(modified):%Y-%m-%dT%H:%M}" '
            'class="b-article__refs-date-upd">'
            f"(updated {moment(modified):%H:%M}{zone} {moment(modified):%d.%m.%Y}) </time>"
        )
    author = ""
    if content.authors:
        slug = content.authors[0].lower().replace(" ", "_")
        link = f'<a rel="author" href="/authors/{slug}/">{escaped(content.authors[0])}</a>'
        author = f'<div class="b-article__refs-author">by {link}</div>'
    return (
        '<div class="b-article__refs-text "><a class="b-article__refs-rubric" href="/asia/" '
        'itemprop="articleSection">'
        f'{escaped(content.section)}</a><div class="b-article__refs-credits"><time '
        'class="b-article__refs-date" '
        f'itemprop="dateCreated" datetime="{moment(published):%Y-%m-%dT%H:%M}">'
        f"{moment(published):%H:%M}{zone} "
        f"{moment(published):%d.%m.%Y}</time>{updated}<!--noindex--><span "
        f'data-article="{facts.number}" id="getShortUrl" '
        f'class="b-article__refs-getshorturl">Get short URL</span><!--/noindex--></div>{author}'
        f'<div class="b-counters "><a href="{facts.path}#comments" class="b-counters-icon '
        'b-counters-icon_comments">'
        '<i></i>6</a><span class="b-counters-icon b-counters-icon_like"><i></i>62</span></div></div>'
    )


def _meta_block(facts: Facts, author: str) -> str:
    return (
        '<div class="article__google-news"><span class="google-news-title">Subscribe</span></div>'
        '<div class="b-article__meta"><div itemprop="publisher" itemscope="" '
        'itemtype="http://schema.org/Organization">'
        '<div itemprop="name">Sputnik International</div></div><div itemprop="author" itemscope="" '
        f'itemtype="http://schema.org/Person"><div itemprop="name">{escaped(author)}</div></div>'
        f'<div itemprop="mainEntityOfPage">{OLD_SITE}{facts.path}</div></div>'
    )


def _lead(content: Content) -> str:
    if not content.lead:
        return ""
    return f'<div itemprop="description" class="b-article__lead"><p>{markup(content.lead)}</p></div>'


def _text(content: Content, dice: random.Random) -> str:
    parts = []
    dateline = content.dateline
    for block in content.blocks:
        opening = ""
        if dateline and block.kind == "text":
            opening, dateline = DATELINES[content.dateline_form].format(place=dateline), None
        parts.append(_block(block, opening, dice))
    return "\n".join(parts)


def _block(block: Block, opening: str, dice: random.Random) -> str:
    texts = [markup(rich, entities=dice.random() < 0.3) for rich in block.paragraphs]
    if block.kind == "quote":
        tag = "blockquote" if dice.random() < 0.4 else "p"
        return f'<{tag} class="marker-quote1">{texts[0]}</{tag}>'
    if block.kind == "loose":
        # The picture stands inside the paragraph; parsers close the paragraph there.
        return f"<p>{texts[0]}{_inject(block.photos[0])}{texts[1]}</p>"
    if block.kind == "inject-photo":
        return _inject(block.photos[0])
    if block.related is not None:
        href = attribute(block.related.href)
        return (
            '<div class="b-inject m-inject-min"><div class="b-inject__media"><img '
            'src="/i/blank.png" alt=""></div>'
            f'<div class="b-inject__content"><a href="{href}">{escaped(block.related.headline)}</a>'
            "</div></div>"
        )
    return f"<p>{opening}{texts[0]}</p>"


def _inject(photo: Photo) -> str:
    caption = attribute(photo.caption)
    return (
        '<div class="b-inject m-inject-free"><div class="b-inject__media"><div '
        f'class="b-inject-foto" data-src="{photo.large_url}" '
        f'data-sub-html="{caption}"><img src="{photo.url}" width="3187" height="2048" '
        f'alt="{caption}" title="{caption}" class="">'
        '</div></div><div class="b-inject__copy"><span>\n                        '
        f"{escaped(photo.credit)}</span></div>"
        f'<div class="b-inject__content">{escaped(photo.caption)}</div></div>'
    )


def _tail(content: Content, facts: Facts) -> str:
    tags = ", ".join(
        f'<a href="/tags/keyword_{tag.replace(" ", "_")}/">{escaped(tag)}</a>' for tag in content.tags
    )
    return (
        '<div class="social-likes-pane__holder"></div><div class="social-likes-pane m-clear" id="share">'
        '<div class="reddit" title="Reddit">Reddit</div><div class="telegram" title="Telegram">'
        "Telegram</div></div>"
        '<div class="taboola-banner"><div id="taboola-below-article-thumbnails"></div></div>'
        '<div class="b-article__refs"><div class="b-article__refs-list"><div class="b-article__refs-item">'
        '<div class="b-article__refs-item-description">Tags:</div>'
        f'<div class="b-article__refs-item-title b-article__refs-tags">{tags}</div></div></div></div>'
        '<section class="comments"><div class="title">Community standards Discussion</div>'
        '<span class="comments__tabs-tab m-active">Comment via Facebook</span></section>'
    )

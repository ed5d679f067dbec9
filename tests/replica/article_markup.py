"""An article in the new design: head, hidden schema.org block, header, blocks, tags."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta, timezone

from tests.replica import furniture
from tests.replica.clock import moment
from tests.replica.content import Block, Content, Photo
from tests.replica.rich import attribute, escaped, markup, plain
from tests.replica.world import SITE

_PUBLISHER = "Sputnik International feedback@sputniknews.com +74956456601 MIA „Rossiya Segodnya“ 252 60"
_TEMPLATE_SLIP = "/html/head/meta[@name='og:title']/@content /html/head/meta[@name='og:description']/@content"
_POST = "A post that belongs to somebody else, shown for illustration"
_MOSCOW = timezone(timedelta(hours=3))

DATELINES = {
    "dash": "{place} (Sputnik) - ",
    "long-dash": "{place} (Sputnik) — ",
    "bare": "{place} (Sputnik) ",
    "strong": "<strong>{place} (Sputnik)</strong> - ",
    "span": "<span>{place} (Sputnik)</span> –&nbsp;",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the markup needs besides the text."""

    path: str
    amp_path: str
    number: int
    dice_seed: str
    """Decides the small differences between pages of one design."""
    next_article: str = ""
    """Markup of another article below this one, as the site loads it for endless scrolling."""
    tags_shown: bool = True


def article_page(content: Content, facts: Facts) -> str:
    """The whole page."""
    dice = random.Random(facts.dice_seed)
    body = article_element(content, facts, dice) + facts.next_article
    return furniture.page(_head(content, facts, dice), body)


def article_element(content: Content, facts: Facts, dice: random.Random) -> str:
    """The `.article` alone."""
    entities = dice.random() < 0.3
    blocks = _blocks(content, dice, entities)
    tags = ""
    if facts.tags_shown:
        tags = "".join(
            f'<li class="tag  "><a href="/{_tag_path(tag)}/" class="tag__text" title="{attribute(tag)}">'
            f"{escaped(tag)}</a></li>"
            for tag in content.tags
        )
    return (
        f'<div class="article " data-id="{facts.number}">'
        f"{_meta_block(content, facts)}{_header(content, facts, dice, entities)}"
        f'<div class="article__body">{blocks}</div>'
        '<div class="article__footer"><div class="article__share"></div><ul class="tags '
        f'm-noButton">{tags}</ul></div>'
        "</div>"
    )


def compact_time(epoch: int, form: str) -> str:
    """The site's time in metas: "20231103T0916+0000", "…T0916" (UTC too) or in Moscow time with "+0300"."""
    if form == "moscow":
        return f"{moment(epoch).astimezone(_MOSCOW):%Y%m%dT%H%M}+0300"
    return f"{moment(epoch):%Y%m%dT%H%M}" + ("+0000" if form == "offset" else "")


def shown_time(epoch: int) -> str:
    """The time as readers see it."""
    return f"{moment(epoch):%H:%M} GMT {moment(epoch):%d.%m.%Y}"


def _head(content: Content, facts: Facts, dice: random.Random) -> str:
    form = dice.choices(("offset", "bare", "moscow"), weights=(6, 3, 1))[0]
    url = SITE + facts.path
    day = f"{moment(content.published):%d.%m.%Y}"
    og_title = content.headline
    if dice.random() < 0.3:
        og_title += f" - {day}, {furniture.SITE_NAME}"
    image = content.photo.url if content.photo else f"{SITE}/i/share.png"
    author = content.authors[0] if content.authors else "Sputnik"
    metas = [
        f"<title>{escaped(content.headline)} - {day}, {furniture.SITE_NAME}</title>",
        f'<meta name="description" content="{attribute(content.description)}">',
        f'<meta name="keywords" content="{attribute(", ".join(content.tags))}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<link rel="canonical" href="{url}"><link rel="amphtml" href="{SITE}{facts.amp_path}">',
        '<link rel="alternate" type="application/rss+xml" href="/export/rss2/archive/index.xml">',
        '<meta property="og:type" content="article"><meta property="og:site_name" '
        'content="Sputnik International">',
        f'<meta property="og:title" content="{attribute(og_title)}"><meta property="og:url" content="{url}">',
        f'<meta property="og:description" content="{attribute(content.description)}">',
        f'<meta property="og:image" content="{attribute(image)}"><meta property="og:locale" content="en_EN">',
        f'<meta property="article:published_time" content="{compact_time(content.published, form)}">',
        '<meta property="article:modified_time" content="'
        f'{compact_time(content.modified or content.published, form)}">',
        f'<meta property="article:author" content="{attribute(author)}">',
        f'<meta property="article:section" content="{attribute(content.section)}">',
        *(f'<meta property="article:tag" content="{attribute(tag)}">' for tag in content.tags),
    ]
    if dice.random() < 0.5:
        metas.append(
            f'<meta name="analytics:p_ts" content="{content.published}">'
            f'<meta name="analytics:article_id" content="{facts.number}">'
            '<meta name="analytics:site_domain" content="sputnikglobe.com">'
        )
    return "".join(metas)


def _meta_block(content: Content, facts: Facts) -> str:
    """The hidden block: everything once more as text, the paragraphs glued together."""
    created = f"{moment(content.published):%Y-%m-%dT%H:%M}+0000"
    modified = f"{moment(content.modified or content.published):%Y-%m-%dT%H:%M}+0000"
    text = "".join(content.paragraphs)
    tags = "".join(f'<div itemprop="articleSection">{escaped(tag)}</div>' for tag in content.tags)
    about = "".join(
        '<div itemprop="about" itemscope itemtype="https://schema.org/Thing"><div itemprop="name">'
        f"{escaped(tag)}</div></div>"
        for tag in content.tags[:2]
    )
    slip = ""
    if facts.number % 5 == 0:
        slip = f"<div>{_TEMPLATE_SLIP}</div>"
    publisher = (
        '<div itemprop="publisher" itemscope itemtype="https://schema.org/Organization">'
        f"<div>{_PUBLISHER}</div></div>"
    )
    url = SITE + facts.path
    image = escaped(content.photo.url) if content.photo else ""
    author = escaped(content.authors[0]) if content.authors else furniture.SITE_NAME
    headline = escaped(content.headline)
    return (
        '<div class="article__meta" itemscope itemtype="https://schema.org/Article">'
        f'<div itemprop="mainEntityOfPage">{url}</div><a itemprop="url" href="{url}"></a>'
        f'<div itemprop="headline">{headline}</div><div itemprop="name">{headline}</div>'
        f'<div itemprop="alternativeHeadline">{furniture.SITE_NAME}</div>'
        f'<div itemprop="description">{escaped(content.description)}... '
        f"{moment(content.published):%d.%m.%Y}, {furniture.SITE_NAME}</div>"
        f'<div itemprop="dateCreated">{created}</div><div itemprop="datePublished">{created}</div>'
        f'<div itemprop="dateModified">{modified}</div>{tags}{slip}'
        f'<div itemprop="associatedMedia">{image}</div><div itemprop="articleBody">'
        f"{escaped(text)}</div>{about}{publisher}"
        f'<div itemprop="copyrightYear">{moment(content.published):%Y}</div>{publisher}'
        f'<div itemprop="genre">News</div><div itemprop="inLanguage">en_EN</div>{publisher}'
        "<div>1920 1080 true</div><div>1920 1440 true</div><div>1920 1920 true</div>"
        f'{publisher}<div itemprop="author" itemscope itemtype="https://schema.org/Person">'
        f'<div itemprop="name">{author}</div></div>'
        f'<div itemprop="keywords">{escaped(", ".join(content.tags))}</div></div>'
    )


def _header(content: Content, facts: Facts, dice: random.Random, entities: bool) -> str:
    changed = ""
    if content.modified is not None:
        changed = (
            f'<span class="article__info-date-modified ">(Updated: {shown_time(content.modified)})</span>'
        )
    photo = _media(content.photo, "ar16x9") if content.photo else ""
    lead = (
        f'<div class="article__announce-text">{markup(content.lead, entities=entities)}</div>'
        if content.lead
        else ""
    )
    authors = "".join(
        f'<div class="article__author"><div class="article__author-image"></div>'
        f'<a class="article__author-name" href="/author_{name.replace(" ", "_")}/">{escaped(name)}</a>'
        '<div class="article__author-all">All materials</div></div>'
        for name in content.authors
    )
    if not content.authors and dice.random() < 0.3:
        authors = (
            '<div class="article__author"><div class="article__author-name">Sputnik International</div></div>'
        )
    return (
        '<div class="article__header"><div class="article__info ">'
        f'<div class="article__info-date"><a href="/{moment(content.published):%Y%m%d}/" '
        f'data-unixtime="{content.published}">{shown_time(content.published)}</a>{changed}</div>'
        '<div class="article__view"><span class="elem-info__views"></span></div></div>'
        f'<h1 class="article__title">{escaped(content.headline, entities=entities)}</h1>'
        f'<div class="article__announce">{photo}</div>'
        '<div class="article__news-services-subscribe"><div class="article__google-news">'
        '<span class="article__google-news-text">Subscribe</span></div></div>'
        f"{lead}{authors}</div>"
    )


def _media(photo: Photo, ratio: str) -> str:
    alt = attribute(f"{photo.caption} - {furniture.SITE_NAME}, 1920")
    if photo.caption_shown:
        alt = attribute(photo.caption)
    title = (
        attribute(photo.caption)
        if photo.caption_shown
        else attribute(f"{photo.caption} - {furniture.SITE_NAME}")
    )
    caption = f'<div class="media__title">{escaped(photo.caption)}</div>' if photo.caption_shown else ""
    return (
        f'<div class="media" data-media-tipe="{ratio}"><div class="media__size">'
        f'<div class="photoview__open" data-photoview-group="1" data-photoview-src="{photo.large_url}" '
        f'data-photoview-image-id="1">'
        f'<img media-type="{ratio}" alt="{alt}" title="{title}" src="{photo.url}"></div></div>'
        '<div class="media__copyright "><div class="media__copyright-item m-copyright">'
        f'{escaped(photo.credit)}</div><div class="media__copyright-item m-buy">'
        '<a href="https://sputnikimages.example/" target="_blank">Go to the mediabank</a></div>'
        f"</div>{caption}</div>"
    )


def _blocks(content: Content, dice: random.Random, entities: bool) -> str:
    parts = []
    dateline = content.dateline
    for block in content.blocks:
        opening = ""
        if dateline and block.kind == "text":
            opening, dateline = DATELINES[content.dateline_form].format(place=dateline), None
        parts.append(_block(block, opening, dice, entities))
    return "".join(parts)


def _block(block: Block, opening: str, dice: random.Random, entities: bool) -> str:
    texts = [markup(rich, entities=entities) for rich in block.paragraphs]
    kind = block.kind
    if kind in ("text", "odd-text", "subscribe"):
        inner = opening + texts[0]
        if dice.random() < 0.15:
            inner = f"<p>{inner}</p>"
        shown_kind = "infographics" if kind == "odd-text" else "text"
        return _wrapped(shown_kind, f'<div class="article__text">{inner}</div>')
    if kind in _SHAPES:
        return _SHAPES[kind](block, texts)
    return _wrapped("banner" if kind == "subscribe-banner" else kind, "".join(texts))


def _wrapped(kind: str, inner: str, more: str = "") -> str:
    return f'<div class="article__block" data-type="{kind}"{more}>{inner}</div>\n'


def _quote(block: Block, texts: list[str]) -> str:
    return _wrapped(
        "quote",
        '<div class="article__quote"><div class="article__quote-bg"><div '
        'class="article__quote-bg-desk">«</div></div>'
        f'<div class="article__quote-text m-small">{texts[0]}</div>'
        '<div class="article__quote-share"><span class="share" data-title="Share"><a '
        'data-name="telegram">Telegram</a>'
        "</span></div></div>",
    )


def _heading(block: Block, texts: list[str]) -> str:
    return _wrapped(block.kind, f'<{block.kind} class="article__{block.kind}">{texts[0]}</{block.kind}>')


def _list(block: Block, texts: list[str]) -> str:
    return _wrapped("list", f'<ul class="article__list">{"".join(f"<li>{text}</li>" for text in texts)}</ul>')


def _vrez(block: Block, texts: list[str]) -> str:
    return _wrapped("vrez", f'<div class="article__vrez">{"".join(f"<p>{text}</p>" for text in texts)}</div>')


def _card(block: Block, texts: list[str]) -> str:
    card = block.related
    assert card is not None
    href, headline = attribute(card.href), escaped(card.headline)
    return _wrapped(
        "article",
        f'<div class="article__article"><a class="article__article-image" href="{href}">'
        f'<img alt="{attribute(card.headline)} - Sputnik International" src="/i/blank.png"></a>'
        f'<div class="article__article-info"><a class="article__article-title" href="{href}">{headline}</a>'
        f'<div class="article__article-desc">{escaped(card.announce)}</div></div></div>',
    )


def _inner_media(block: Block, texts: list[str]) -> str:
    more = ' data-article="main-photo"' if block.kind == "main-photo" else ""
    return _wrapped("media", _media(block.photos[0], "ar16x9"), more)


def _photolenta(block: Block, texts: list[str]) -> str:
    items = "".join(
        f'<div class="article__photo-item"><div class="article__photo-item-image">'
        f'<img alt="{attribute(photo.caption)}" title="{attribute(photo.caption)}" src="{photo.url}"></div>'
        f'<div class="media__copyright "><div class="media__copyright-item m-copyright">'
        f"{escaped(photo.credit)}</div></div>"
        f'<div class="article__photo-item-text">{escaped(photo.caption)}</div></div>'
        for photo in block.photos
    )
    return _wrapped("photolenta", f'<div class="article__photo">{items}</div>')


def _banner(block: Block, texts: list[str]) -> str:
    return _wrapped(
        "banner",
        '<div class="banner m-article-body m-article-desktop" data-position="article_desktop_content-1">'
        '<div class="banner__content"></div></div><div class="banner__hidden"><a '
        'class="banner__hidden-button"></a></div>',
        ' data-position="desktop"',
    )


def _embed(block: Block, texts: list[str]) -> str:
    post = f'<blockquote class="twitter-tweet"><p>{_POST}</p></blockquote>'
    return _wrapped(block.kind, f'<div class="article__embed">{post}</div>')


def _video(block: Block, texts: list[str]) -> str:
    player = '<div class="media__video"><div class="media__title">Footage from the scene</div></div>'
    return _wrapped("media-video", f'<div class="media">{player}</div>')


def _odd(block: Block, texts: list[str]) -> str:
    return _wrapped(
        "quiz", '<div class="article__quiz">Take our quiz: how well do you know the region?</div>'
    )


def _online(block: Block, texts: list[str]) -> str:
    assert block.at is not None
    return (
        f'<div class="online__item" data-unixtime="{block.at}"><div class="online__item-info">'
        f'<div class="online__item-time">{moment(block.at):%H:%M}</div></div>'
        f'<div class="online__item-text">{"".join(f"<p>{text}</p>" for text in texts)}</div></div>\n'
    )


_SHAPES = {
    "quote": _quote,
    "h2": _heading,
    "h3": _heading,
    "list": _list,
    "vrez": _vrez,
    "article": _card,
    "media": _inner_media,
    "main-photo": _inner_media,
    "photolenta": _photolenta,
    "banner": _banner,
    "embed": _embed,
    "social": _embed,
    "video": _video,
    "odd": _odd,
    "entry": _online,
}


def _tag_path(tag: str) -> str:
    prefix = "category" if " " not in tag and tag.islower() and len(tag) > 8 else "geo"
    return f"{prefix}_{tag.replace(' ', '_')}"


def amp_page(content: Content, facts: Facts) -> str:
    """The AMP page: the same text in plain paragraphs."""
    paragraphs = [plain(content.lead)] if content.lead else []
    paragraphs += content.paragraphs
    text = "".join(f"<p>{escaped(paragraph)}</p>" for paragraph in paragraphs)
    return (
        '<!doctype html><html amp lang="en"><head><meta charset="utf-8">'
        f"<title>{escaped(content.headline)} - {furniture.SITE_NAME}</title>"
        f'<link rel="canonical" href="{SITE}{facts.path}"><script async '
        'src="https://cdn.ampproject.org/v0.js"></script>'
        f'</head><body><div class="amp-rubric">{escaped(content.section)}</div><h1>'
        f"{escaped(content.headline)}</h1>"
        f'<div class="amp-date">{shown_time(content.published)}</div><div class="amp-body">'
        f"{text}</div></body></html>"
    )

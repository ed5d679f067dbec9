"""What the class names of a page's boxes say about them, all over the world and on no site in particular."""

from __future__ import annotations

from functools import lru_cache

from crawler.html_text import words
from crawler.text_blocks import PARTS, Box

FAMILIES: dict[str, frozenset[str]] = {
    "article": words("article story entry post news content articlecontent storycontent"),
    "main": words("main primary"),
    "related": words(
        "related recommended recommend recommendation recommendations recirc recirculation more similar read "
        "also next previous prev other suggested trending popular mostread most latest featured teasers"
    ),
    "promo": words(
        "promo promotion newsletter subscribe subscription signup sign register registration cta donate "
        "donation membership offer abo marketing callout app apps"
    ),
    "ad": words(
        "ad ads advert advertisement advertising adslot banner sponsor sponsored dfp gpt commercial werbung "
        "anzeige"
    ),
    "share": words(
        "share sharing shares social follow twitter facebook whatsapp telegram tweet instagram buttons"
    ),
    "comment": words("comment comments disqus discussion replies reply respond reactions kommentare"),
    "furniture": words(
        "footer foot header nav navigation navbar menu breadcrumb breadcrumbs sidebar aside rail widget "
        "toolbar masthead topbar modal popup overlay cookie cookies consent gdpr search copyright legal "
        "disclaimer"
    ),
    "media": words(
        "caption captions credit credits figcaption figure image img photo photos picture gallery slideshow "
        "slider carousel video player media legend"
    ),
    "meta": words(
        "meta byline author authors bio date time timestamp published publish posted updated tag tags "
        "category categories topic topics keyword keywords label labels source info infos"
    ),
}
LEADS = words(
    "lead lede standfirst dek deck summary subtitle subhead subheadline subheading strapline excerpt intro "
    "introduction teaser abstract vorspann chapo chapeau description einleitung ingress entradilla bajada"
)
CAPTIONS = words("caption captions figcaption credit credits copyright legend")

_FAMILY_OF = {word: family for family, members in FAMILIES.items() for word in members}
# For names that run words together: "teasertext", "newsletterbox".
_STEMS = {
    "teaser": "related",
    "related": "related",
    "recommend": "related",
    "newsletter": "promo",
    "subscri": "promo",
    "caption": "media",
    "commentlist": "comment",
    "commentsection": "comment",
    "commentform": "comment",
    "advert": "ad",
    "cookie": "furniture",
}
_BESIDE = frozenset(("related", "promo", "ad", "share", "comment", "furniture"))
_WHOLE = words(
    "articlebody bodytext storybody richtext prose copytext articletext articlecontent storycontent"
)
_SUBJECT = words("article story entry post news")
_SUBSTANCE = words("body text content copy richtext paragraphs")
# With these a "sidebar" is no sidebar but the layout that has one.
_ARRANGEMENT = words(
    "grid container layout has no with without row wrap wrapper col cols column columns inner outer page site"
)


def families(box: Box) -> set[str]:
    """The families that the box's names belong to."""
    return {family for name in box.names if (family := _family(name))}


@lru_cache(maxsize=4096)
def _family(name: str) -> str | None:
    known = _FAMILY_OF.get(name)
    if known or len(name) < 8:
        return known
    return next((family for stem, family in _STEMS.items() if stem in name), None)


def names_body(box: Box) -> bool:
    """Whether the box calls itself the text of an article."""
    if box.tag in ("body", "html"):
        return False
    return bool(box.names & _WHOLE or (box.names & _SUBJECT and box.names & _SUBSTANCE))


def names_something_beside(box: Box) -> bool:
    """Whether the box calls itself something that stands beside articles."""
    if box.tag in ("aside", "footer", "nav"):
        return True
    if box.tag in PARTS:
        return False
    found = families(box)
    beside = found & _BESIDE
    if not beside:
        return False
    if beside <= {"furniture", "ad"} and (found & {"article", "main"} or box.names & _WHOLE):
        return False
    if beside == {"furniture"} and box.names & _ARRANGEMENT:
        return any(_FAMILY_OF.get(name) == "furniture" and name != "sidebar" for name in box.names)
    # A quoted post of a social network belongs to the article.
    return not (beside == {"share"} and box.tag == "blockquote")

"""The pictures of an article, with caption and credit apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from selectolax.lexbor import LexborNode

from crawler.html_text import fold_space
from crawler.items import Image
from crawler.outlet_rules import Pictures, Rules, first_within, nodes
from crawler.page import Page

MAX_PICTURES = 100

_SIGN = re.compile(
    r"^(?:©|\(c\)|copyright:?|photo(?:graph)?(?: by|:| credit:?)|credit:|image:|picture:|фото:?)\s*", re.I
)
_BRACKETED_END = re.compile(
    r"[(\[]((?:[^()\[\]]{0,20}(?:/|\bvia\b|photo|reuters|afp|\bap\b|©)[^()\[\]]{0,60}))[)\]]\.?$", re.I
)
_SIGNED_END = re.compile(r"(?:©|\b(?:Photo(?: by)?|Credit|Image|Picture):)\s*([^©]{2,80})$")


def ruled_pictures(page: Page, scope: LexborNode | None, rules: Rules) -> list[Image]:
    """The pictures that the outlet's rules find, in the order of the rules and of the page, each once."""
    images: list[Image] = []
    for kind in rules.pictures:
        for frame in nodes(page, scope, kind.frames):
            url = page.absolute(first_within(frame, kind.source))
            if url:
                images.append(Image(url, *_caption_and_credit(frame, kind, rules.caption_junk)))
    return unique(images)


def unique(images: Iterable[Image]) -> list[Image]:
    """Each address once, the first with what later ones know more."""
    by_url: dict[str, Image] = {}
    for image in images:
        known = by_url.setdefault(image.url, image)
        known.caption = known.caption or image.caption
        known.credit = known.credit or image.credit
    return list(by_url.values())[:MAX_PICTURES]


def _caption_and_credit(
    frame: LexborNode, kind: Pictures, junk: re.Pattern[str] | None
) -> tuple[str | None, str | None]:
    caption = first_within(frame, kind.caption, junk)
    credit = first_within(frame, kind.credit)
    if credit and caption and len(caption) > 10 and caption in credit:
        # Some pages glue the caption to the credit in one element.
        credit = credit.replace(caption, " ")
    if caption and not credit:
        return split_credit(caption)
    return caption, clean_credit(credit)


def clean_credit(text: str | None) -> str | None:
    """The credit without its sign: "© AFP 2023 / NAME" → "AFP 2023 / NAME"."""
    if not text:
        return None
    return fold_space(_SIGN.sub("", fold_space(text))).strip(" .,;:|") or None


def split_credit(text: str) -> tuple[str | None, str | None]:
    """Caption and credit out of one text: "A street in Seoul. (AFP/Name)", "A street © Name", "© Name"."""
    text = fold_space(text)
    if _SIGN.match(text) and len(text) <= 80:
        return None, clean_credit(text)
    for pattern in (_BRACKETED_END, _SIGNED_END):
        match = pattern.search(text[-160:])
        if match:
            caption = text[: len(text) - len(text[-160:]) + match.start()]
            return fold_space(caption) or None, clean_credit(match[1])
    return text or None, None

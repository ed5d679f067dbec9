"""Names of people out of bylines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from crawler.html_text import fold_space

_OPENING = re.compile(
    r"^(?:(?:written|reported|reporting|words|story|text|article|posted|published|edited) )?"
    r"(?:by|von|par|por|di|da|door|av|af|oleh|от|автор|author|authors|von|作者|記者|记者|文|撰文)(?:\s*[:：]\s*|\s+)"
    r"|^[-–—|•·,:]+\s*",
    re.I,
)
_SEPARATOR = re.compile(
    r"\s*(?:[;|•·/\n]|,(?!\s*(?:Jr|Sr|I{1,3}|PhD|MD)\b)|\s(?:and|und|et|og|och|dan|y|e|en)\s|\s&\s|、|，)\s*",
    re.I,
)
_ADDRESS = re.compile(r"\(?\s*(?:https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w.-]{1,100}|@\w{2,30})\s*\)?")
_DATE_LIKE = re.compile(r"\d{1,2}:\d\d|\b(?:19|20)\d\d\b|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_TRAILING_ROLE = re.compile(
    r"\s*(?:\([^()]{0,60}\)|\|.*|[-–—]\s.*|, .*(?:correspondent|editor|reporter|writer|bureau).*)$", re.I
)
_NOT_A_NAME = re.compile(
    r"^(?:staff|admin|administrator|editor(?:s|ial(?: board)?)?|newsroom|news desk|web ?desk|agenc(?:y|ies)|"
    r"reuters|afp|agence france-presse|ap|associated press|the associated press|dpa|efe|ansa|tass|"
    r"xinhua|kyodo|kyodo news|yonhap|bernama|antara|pti|ani|ians|upi|bloomberg|sputnik|ria novosti|"
    r"interfax|anadolu(?: agency)?|"
    r"(?:our |special |staff |senior )?(?:staff|correspondents?|reporters?|writers?|contributors?)|"
    r"guest|unknown|"
    r"null|none|anonymous|redaktion|la rédaction|redacción|редакция)$",
    re.I,
)


def clean_names(
    raw: Iterable[str], *, not_people: Collection[str] = (), junk: re.Pattern[str] | None = None
) -> list[str]:
    """Names in their order, each once: without "By", addresses, roles, dates, agencies and the outlet itself.

    `not_people` are names of the site, its publisher and the like, as the page gives them.
    """
    outlets = {_key(name) for name in not_people if name}
    names: list[str] = []
    seen: set[str] = set()
    for text in raw:
        text = fold_space(_ADDRESS.sub(" ", text[:300]))
        if junk:
            text = fold_space(junk.sub("", text))
        for part in _SEPARATOR.split(_OPENING.sub("", text)):
            name = _TRAILING_ROLE.sub("", _OPENING.sub("", part.strip())).strip(' ,.:;|-–—"')
            key = _key(name)
            if name and key not in seen and key not in outlets and _is_name(name):
                seen.add(key)
                names.append(name)
    return names


def _is_name(text: str) -> bool:
    return (
        2 <= len(text) <= 60
        and len(text.split()) <= 6
        and any(char.isalpha() for char in text)
        and not _DATE_LIKE.search(text)
        and not _NOT_A_NAME.match(text)
    )


def _key(name: str) -> str:
    return re.sub(r"\W+", "", name.casefold())

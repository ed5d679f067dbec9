"""Names of people, and of agencies, out of bylines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from crawler.html_text import fold_space

_BY = (
    "by|von|par|por|di|da|door|av|af|oleh|от|autorin/autor|autor(?:in|en|es)?|auteurs?|автор(?:ы)?|authors?|"
    "about the author|forfatter|skrevet av|yazar|penulis|reporter|作者|記者|记者|文|撰文|기자|取材・文|"
    "द्वारा|بقلم|โดย"
)
_OPENING = re.compile(
    r"^(?:(?:written|report(?:ed|ing)|words|story|text|article|artikel|posted|published|analysis|opinion|"
    r"veröffentlicht|geschrieben|verfasst|edited|an? \w{4,14}|eine? \w{4,14}) )?"
    rf"(?:{_BY})(?:\s*[:：／\-–]\s*|\s+)|^(?:記者|记者)(?=\S)|^(?:text|words|story)\s?: |^[-–—|•·,:]+\s*"
    # (Seoul=Agency)
    r"|^\([^()=]{1,20}=[^()=]{1,20}\)\s*",
    re.I,
)
_ENDS_IN_BY = re.compile(rf"(?:^|\s)(?:{_BY})$", re.I)
_SEPARATOR = re.compile(
    r"\s*(?:[;|•·/\n、，]|,(?!\s*(?:Jr|Sr|I{1,3}|PhD|MD)\b)|\s[-–—]\s"
    r"|\s(?:and|und|et|og|och|dan|ve|y|e|en|with|mit|&)\s)\s*",
    re.I,
)
# Who did something else to the text; where nothing stands before it, it is all there is.
_OTHERS = re.compile(
    r"(?<=\w)\W+(?:edit(?:ed|ing)|(?:compiled|translated|photos?|photographs?|graphics?|illustrations?|"
    r"additional reporting)) by\b.*|(?<=\w)\W+(?:editors?|redaktur|penyunting|photos?|fotos?)\s?[:：].*"
    r"|(?:^|(?<=\s))(?:责任编辑|責任編輯|编辑|編輯)\s?[:：].*",
    re.I,
)
# Where the author sat, or for whom.
_PLACE = re.compile(r"\s+(?:in|at|for|from)(?:\s+[A-Z].*)?$|\s*[／/].{1,6}(?:報導|报道|報道)$|\s*기자\s?=.*$")
_MARKUP = re.compile(r"<[^<>]{0,200}>")
_ADDRESS = re.compile(r"\(?\s*(?:https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w.-]{1,100}|@\w{2,30})\s*\)?")
_DATE = re.compile(
    r"\d{1,2}:\d\d.*|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*|\b\d{1,2} (?:min|minutes|hours) (?:ago|read)\b.*"
    r"|(?:\b(?:am|on|le|den) )?(?:\b(?:mo|di|mi|do|fr|sa|so|tu|we|th|su)[a-z]{0,7}[,.]? )?"
    r"\b\d{1,2}(?:st|nd|rd|th)?\.? [^\W\d_]{3,9}\.?,? (?:19|20)\d\d\b.*"
    r"|\b[^\W\d_]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b.*|\b(?:19|20)\d\d\b.*",
    re.I,
)
_DIGIT = re.compile(r"\d")
_LEFT_OF_DATE = re.compile(
    r"\s(?:am|on|le|den|um|(?:(?:last|first) )?(?:published|updated|posted)(?: on)?|follow)$", re.I
)
_ROLE = re.compile(
    r"\s*(?:\([^()]{0,60}\)|\[[^\[\]]{0,60}\]|\|.*)$"
    r"|\s+(?:staff(?: (?:writer|reporter))?|correspondent|(?:chef)?redakteur(?:in)?|columnist|contributor)$"
    r"|\s+(?:[\w-]+ )?(?:editor|reporter|writer|journalist)$|\s*(?:기자|記者|记者)$",
    re.I,
)
_INITIALS = re.compile(r"(?:\w\.\s?){2,}$")
_NOBODY = re.compile(
    r"^(?:(?:no |the )?authors?|by|staff|admin(?:istrator)?|root|developer|newsroom|(?:news|web) ?desk|"
    r"online|"
    r"editor(?:s|ial(?: board| team)?)?|digital|team|press release|guest|unknown|null|none|anonym(?:ous)?|"
    r"(?:with |mit )?(?:news |wire )?agencies|agenturen|agences|agencias|wire services?|"
    r"(?:(?:our |special |staff |senior )*)"
    r"(?:staff|correspondents?|reporters?|writers?|contributors?|editors?)|"
    r"(?:die |la )?redaktion|rédaction|redacción|redação|redazione|редакция|编辑|編輯|編集部|read more|share|"
    r"special to(?: .*)?|"
    r"the|for|follow|via|last|first|"
    r"(?:(?:last|first) )?(?:published|updated|posted|modified)(?: (?:on|at))?:?|"
    r"(?:\d+ |ein )?(?:kommentare?|comments?)(?: \d+)?|.* says:?|.* sagt:?|"
    r"(?:photos?|fotos?|bild|image|video)\b.*)$",
    re.I,
)
_AGENCIES = (
    "reuters",
    "afp|agence france[- ]presse",
    "ap|(?:the )?associated press",
    r"dpa(?:[-/ ]\w{1,20})?",
    "(?:agencia )?efe|europa press|lusa|ansa|belga",
    "tass|тасс|interfax|интерфакс|ria novosti|риа новости",
    "xinhua(?: news agency)?|新华社|新華社|cna|中央社",
    "kyodo(?: news)?|共同通信社?|時事通信社?|jiji(?: press)?",
    "yonhap(?: news(?: agency)?)?|연합뉴스",
    "bernama|antara|pti|press trust of india|ani|ians",
    "upi|bloomberg(?: news)?|press association|pa media",
    "anadolu(?: ajans[ıi]| agency)?|apa|sda|ats|keystone-sda|ritzau|ntb|tt|sid|epd|kna",
)
_AGENCY = re.compile(r"^(?:(?:with|mit|et|avec|via) )?(?:" + "|".join(_AGENCIES) + ")$", re.I)
_COMPANY = re.compile(
    r"\b(?:GmbH|Inc|Ltd|LLC|S\.?A|AG|e\. ?V|K\.?K|Corp|Company|Foundation|Stiftung|Verlag|Media)\.?$"
)
_LOOSE = re.compile(r"\W+")


@dataclass
class Byline:
    """Who wrote, as far as a byline says."""

    people: list[str] = field(default_factory=list)
    agencies: list[str] = field(default_factory=list)
    outlets: list[str] = field(default_factory=list)
    """The outlet's own name, where it signs itself."""
    listed: list[str] = field(default_factory=list)
    """Every author that the page lists by itself, agencies and desks too."""

    @property
    def authors(self) -> list[str]:
        """Who is listed, or else the people; agencies and the outlet only where no person is named."""
        return self.listed or self.people or [*self.agencies, *self.outlets]


def read_byline(
    raw: Iterable[str], *, not_people: Collection[str] = (), junk: re.Pattern[str] | None = None
) -> Byline:
    """Who wrote, in the byline's order, each once: without "By", addresses, roles and dates.

    `not_people` are names of the site, its publisher and the like, as the page gives them.
    """
    outlets = {_key(name) for name in not_people if name}
    byline = Byline()
    seen: set[str] = set()
    for text in raw:
        text = fold_space(_ADDRESS.sub(" ", _MARKUP.sub(" ", text[:300])))
        if junk:
            text = fold_space(junk.sub("", text))
        if not text:
            continue
        parts = _SEPARATOR.split(_undated(_OTHERS.sub("", _OPENING.sub("", text))))
        if _COMPANY.search(parts[0]):
            del parts[1:]  # its address
        for part in parts:
            name = _name(part, not_people)
            key = _key(name)
            if not key or key in seen:
                continue
            seen.add(key)
            if _AGENCY.match(name):
                byline.agencies.append(name)
            elif key in outlets or any(len(outlet) > 7 and outlet in key for outlet in outlets):
                byline.outlets.append(_as_signed(part))
            elif _is_name(name):
                is_desk = _COMPANY.search(name) or _key(name.split()[0]) in outlets
                (byline.outlets if is_desk else byline.people).append(name)
    return byline


def listed_authors(entries: Iterable[str], *, not_people: Collection[str]) -> list[str]:
    """The authors out of a list of them: what has an entry of its own is one, be it an agency or a desk."""
    names = [name for entry in entries for name in read_byline([entry], not_people=not_people).authors]
    return list(dict.fromkeys(names))


def is_agency(text: str) -> bool:
    """Whether the text is a news agency's name and no more."""
    return bool(_AGENCY.match(text))


def _undated(text: str) -> str:
    """The text up to a date in it."""
    return _DATE.sub("", text) if _DIGIT.search(text) else text


def _as_signed(part: str) -> str:
    """How the outlet signs itself: "Harbour Times staff" stays whole."""
    return fold_space(_undated(_OPENING.sub("", part.strip()))).strip(" ,:;|-–—\"'")


def _name(part: str, not_people: Collection[str]) -> str:
    """One part of a byline without opening, role, site and signs."""
    name = fold_space(_undated(_OPENING.sub("", part.strip())))
    name = _PLACE.sub("", _LEFT_OF_DATE.sub("", name))
    for site in not_people:
        if 2 < len(site) < len(name) and name.lower().endswith(" " + site.lower()):
            name = _PLACE.sub("", name[: -len(site)].rstrip())
    name = name.strip(" ,:;|-–—\"'")
    if _NOBODY.match(name):
        return ""
    name = _ROLE.sub("", name).strip(" ,:;|-–—\"'")
    return name if _INITIALS.fullmatch(name) else name.rstrip(".")


def _is_name(text: str) -> bool:
    return (
        2 <= len(text) <= 50
        and len(text.split()) <= 5
        and any(char.isalpha() for char in text)
        and sum(char.isdigit() for char in text) <= 2
        and text[-1] not in "!?…"
        and not _NOBODY.match(text)
        and not _ENDS_IN_BY.search(text)
    )


def _key(name: str) -> str:
    return _LOOSE.sub("", name.casefold())

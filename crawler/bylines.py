"""Names of people, and of agencies, out of bylines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from crawler.html_text import fold_space, words
from pipelines.storage.places import is_place

_BY = (
    "by|von|par|por|di|da|door|av|af|oleh|от|autorin/autor|autor(?:in|en|es)?|auteurs?|автор(?:ы)?|authors?|"
    "about the author|forfatter|skrevet av|yazar|penulis|reporter|作者|記者|记者|文|撰文|기자|取材・文|"
    "द्वारा|लेखक|লেখক|بقلم|โดย"
)
_OPENING = re.compile(
    r"^(?:(?:written|report(?:ed|ing)|words|story|text|article|artikel|posted|published|analysis|opinion|"
    r"commentary|comment|op-ed|column|guest (?:post|column)|interview|press release|pressemitteilung|"
    r"kommentar|gastbeitrag|"
    r"veröffentlicht|geschrieben|verfasst|edited|an? \w{4,14}|eine? \w{4,14}) )?"
    rf"(?:{_BY})(?:\s*[:：／\-–]\s*|\s+)|^(?:記者|记者)(?=\S)|^(?:text|words|story)\s?: |^[-–—|•·,:]+\s*"
    # "中央社記者王小明", "【記者王小明"
    r"|^[【（(]?\s?(?:[\u4e00-\u9fff]{2,8}\s?)?(?:記者|记者)\s?[:：]?\s?(?=[\u4e00-\u9fff])"
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
    r"(?<=[\w\u0900-\u109f])[^\w\u0900-\u109f]+(?:edit(?:ed|ing)|(?:compiled|translated|photos?|photographs?|graphics?|illustrations?|"
    r"additional reporting)) by\b.*|(?<=\w)\W+(?:editors?|redaktur|penyunting|photos?|fotos?)\s?[:：].*"
    r"|(?:^|(?<=\s))(?:责任编辑|責任編輯|编辑|編輯)\s?[:：].*",
    re.I,
)
# Where the author sat, or for whom.
_CITIES = (
    "台北|臺北|新北|桃園|台中|臺中|台南|臺南|高雄|基隆|新竹|苗栗|彰化|南投|雲林|嘉義|屏東|宜蘭|花蓮|台東|臺東|"
    "澎湖|金門|香港|澳門|北京|上海|廣州|深圳|東京|首爾|新加坡|吉隆坡|曼谷|河內|馬尼拉|雅加達|新德里|華盛頓|紐約|倫敦|巴黎|綜合|综合"
)
_PLACE = re.compile(
    r"\s+(?:in|at|[Ff]or|from)(?: [Tt]he)?(?:\s+[A-Z].*)?$|\s+of [Tt]he(?:\s+[A-Z].*)?$"
    r"|\s*[／/].{1,8}(?:報導|报道|報道)$|\s*기자\s?=.*$"
    rf"|\s*(?:{_CITIES})?(?:\d{{1,2}}日)?(?:即時|連線|專題|攝影|外電)*(?:報導|报道|報道|專電|专电|[電电])[】）)]?$",
)
_ABROAD = words(
    "london paris berlin brussels geneva moscow madrid rome vienna cairo nairobi lagos istanbul ankara "
    "washington ottawa toronto frankfurt hamburg zürich zurich"
) | {
    "new york",
    "united nations",
    "los angeles",
    "san francisco",
    "washington, d.c",
    "washington dc",
    "cape town",
}
"""Places outside of Asia where bylines are often from, other than those that are surnames too."""
_SITE = re.compile(r"[\w-]{4,}(?:\.[\w-]+)*\.(?:com|net|org|info|news|[a-z]{2})$", re.I)
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
    r"|\s+(?:[\w-]+ )?(?:editor|reporter|writer|journalist)$"
    r"|\s*(?:기자|특파원|앵커|논설위원|記者|记者|特派員)$",
    re.I,
)
# As a part of its own behind a name: "Name Surname, Political Editor".
_ROLE_ALONE = re.compile(
    r"(?:[\w-]+ ){0,3}"
    r"(?:editor|reporter|writer|journalist|correspondent|columnist|contributor|producer|analyst)$",
    re.I,
)
_DESK = re.compile(
    r"(?:\b(?:desk|news service|newsroom|bureau|digital report)|^(?:tim )?redaksi(?: .*)?"
    r"|^(?:(?:die |la )?redaktion|rédaction|redacción|redação|redazione|редакция|編集部)"
    r"|^(?:the )?editorial (?:board|team)"
    r"|(?:डेस्क|ডেস্ক|ڈیسک|編輯部|编辑部|뉴스팀|กองบรรณาธิการ)"
    r"|^(?-i:[A-Z]{2,5}) (?:staff )?(?:correspondent|reporter|writer)s?)$",
    re.I,
)
"""A part of an outlet that signs in place of a person."""
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
    # Our correspondent, in Bengali, Hindi, Urdu, Chinese, Vietnamese and Thai
    r"নিজস্ব (?:প্রতিবেদক|সংবাদদাতা|প্রতিনিধি)|(?:हमारे )?संवाददाता|نامہ نگار|本[報报网網](?:記者|记者|訊|讯)|"
    r"phóng viên|ผู้สื่อข่าว|"
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
    "uni|tnn|unb|bss|app|pna|vna|ttxvn|kcna|montsame|kazinform|irna|spa|wam|qna|kuna",
    "upi|bloomberg(?: news)?|press association|pa media",
    "anadolu(?: ajans[ıi]| agency)?|apa|sda|ats|keystone-sda|ritzau|ntb|tt|sid|epd|kna",
)
_ONE_AGENCY = f"(?:{'|'.join(_AGENCIES)})"
# "AFP-JIJI"
_AGENCY = re.compile(rf"(?:(?:with|mit|et|avec|via) )?{_ONE_AGENCY}(?:-{_ONE_AGENCY})?$", re.I)
_COMPANY = re.compile(
    r"\b(?:GmbH|Inc|Ltd|LLC|S\.?A|AG|e\. ?V|K\.?K|Corp|Company|Foundation|Stiftung|Verlag|Media)\.?$"
)
_NAMES_IN_A_ROW = re.compile(r"[\u4e00-\u9fff]{2,4}(?:\s[\u4e00-\u9fff]{2,4})+")
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
    texts, sites = tuple(text[:300] for text in raw), tuple(not_people)
    if not texts:
        return Byline()
    # An outlet's authors come again and again. What a hostile page makes long is not kept.
    is_short = len(texts) <= 4 and sum(map(len, sites)) <= 400
    found = (_read if is_short else _read.__wrapped__)(texts, sites, junk)
    return Byline([*found.people], [*found.agencies], [*found.outlets])


@lru_cache(maxsize=256)
def _read(raw: tuple[str, ...], not_people: tuple[str, ...], junk: re.Pattern[str] | None) -> Byline:
    outlets = {_key(name) for name in not_people if name}
    byline = Byline()
    seen: set[str] = set()
    for text in raw:
        text = fold_space(_ADDRESS.sub(" ", _MARKUP.sub(" ", text)))
        if junk:
            text = fold_space(junk.sub("", text))
        if not text:
            continue
        parts = _SEPARATOR.split(_undated(_OTHERS.sub("", _OPENING.sub("", text))))
        if "记者" in text[:12] and _NAMES_IN_A_ROW.fullmatch(parts[0]):
            parts[:1] = parts[0].split()
        if _COMPANY.search(parts[0]):
            del parts[1:]  # its address
        for index, part in enumerate(parts):
            signed = _as_signed(part)
            if _DESK.search(signed):
                byline.outlets.append(signed)
                continue
            name = _name(part, not_people)
            key = _key(name)
            if not key or key in seen or _says_where(name) or (index and _is_aside(part.strip(), outlets)):
                continue
            seen.add(key)
            if _AGENCY.match(name):
                byline.agencies.append(name)
            elif key in outlets or any(len(outlet) > 7 and outlet in key for outlet in outlets):
                byline.outlets.append(signed)
            elif _is_name(name):
                is_desk = _COMPANY.search(name) or _key(name.split()[0]) in outlets
                # "Our correspondent, Somewhere"
                if is_desk or " " in name or not index or _name(parts[0], not_people):
                    (byline.outlets if is_desk else byline.people).append(name)
    return byline


def listed_authors(entries: Iterable[str], *, not_people: Collection[str]) -> list[str]:
    """The authors out of a list of them: what has an entry of its own is one, be it an agency or a desk."""
    names = [name for entry in entries for name in read_byline([entry], not_people=not_people).authors]
    return list(dict.fromkeys(names))


def is_agency(text: str) -> bool:
    """Whether the text is a news agency's name and no more."""
    return bool(_AGENCY.match(text))


def _says_where(name: str) -> bool:
    return name.lower() in _ABROAD or is_place(name)


def _is_aside(name: str, outlets: Collection[str]) -> bool:
    """Whether what stands behind another name is a role, a site or the outlet's by another name."""
    if _ROLE_ALONE.match(name) or _SITE.match(name):
        return True
    return " " not in name and any(len(outlet) >= 5 and outlet in name.casefold() for outlet in outlets)


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

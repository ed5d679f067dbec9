"""Wire credit: the news agency that an article is taken from, by byline, dateline or credit line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# The name that we use, then others under which it signs. Short forms count only in capitals.
_AGENCIES = """
Reuters; Thomson Reuters, Reuters Staff, 路透社, ロイター, 로이터, Рейтер
AFP; Agence France-Presse, Agence France Presse, 法新社, AFP News
AP; Associated Press, 美联社, 美聯社, AP通信
Xinhua; Xinhua News Agency, Xinhuanet, 新华社, 新華社
China News Service; 中新社, 中新网
Kyodo; Kyodo News, 共同社, 共同通信
Jiji; Jiji Press, 時事通信
Yonhap; Yonhap News Agency, Yonhap News, 연합뉴스, 韩联社
KCNA; Korean Central News Agency, 조선중앙통신, 朝中社
CNA; Central News Agency, Focus Taiwan, 中央社
ANI; Asian News International, ANI News
PTI; Press Trust of India
IANS; Indo-Asian News Service
UNI; United News of India
APP; Associated Press of Pakistan
BSS; Bangladesh Sangbad Sangstha
UNB; United News of Bangladesh
Bernama; Malaysian National News Agency
Antara; Antara News, LKBN Antara
VNA; Vietnam News Agency, VNA/VNS
PNA; Philippine News Agency
TNA; Thai News Agency
AKP; Agence Kampuchea Presse
Montsame
TASS; ITAR-TASS, ТАСС
RIA Novosti; RIA, РИА Новости
Sputnik; Sputnik International, Sputnik News
Interfax; Интерфакс
Kazinform
AKIpress
Azertac
Armenpress
Anadolu; Anadolu Agency, Anadolu Ajansı, Anadolu Ajansi
DHA; Demirören Haber Ajansı
IRNA; Islamic Republic News Agency, ایرنا
ISNA
Mehr; Mehr News Agency, Mehr News
Tasnim; Tasnim News Agency, Tasnim News
Fars; Fars News Agency, Fars News
SANA; Syrian Arab News Agency, سانا
WAFA; وفا
WAM; Emirates News Agency, وام
SPA; Saudi Press Agency, واس
QNA; Qatar News Agency
KUNA; Kuwait News Agency, كونا
Petra; Petra News Agency
AAP; Australian Associated Press
dpa; Deutsche Presse-Agentur, dpa-AFX
EFE; Agencia EFE
ANSA
UPI; United Press International
Bloomberg; Bloomberg News
PA; PA Media, Press Association
"""


def _names() -> tuple[dict[str, str], dict[str, str]]:
    """Our name for each way of signing: those in capitals as they are, the others in small letters."""
    capitals, words = {}, {}
    for line in _AGENCIES.strip().splitlines():
        agency, _, others = line.partition(";")
        for name in (agency, *filter(None, map(str.strip, others.split(",")))):
            if name.isupper() and len(name) < 6:
                capitals[name] = agency
            else:
                words[name.lower()] = agency
    words["dpa"] = "dpa"
    return capitals, words


_CAPITALS, _WORDS = _names()
_ANY = "|".join(sorted(map(re.escape, (*_CAPITALS, *_WORDS)), key=len, reverse=True))
_IN_BRACKETS = re.compile(r"\(([^()]{2,40})\)")
_AROUND = re.compile(
    r"^(?:by|via|from|source|with (?:additional )?(?:inputs?|reporting) from|©|\(c\)|the)\b[\s:]*|^\W+|\W+$",
    re.I,
)
_STAFF = re.compile(r"\s+(?:staff|news agency|news desk|correspondents?|reporters?|international)$", re.I)
_SEVERAL = re.compile(r"\s*[,;/|&]\s*|\s+(?:and|with|in)\s+")
_DATELINE = re.compile(
    r"[^\n()]{0,60}\(([^()\n]{2,40})\)\s*(?:[-–—:]|\.\s)|[^\n()/]{2,60}/([A-Z-]{3,9})/[.,]?\s"
)
_MARK_AT_END = re.compile(rf"(?:[—–-]{{1,2}}\s?|\()({_ANY})(?:/[\w .-]{{1,30}})?\)?\.?$", re.I)
_LONGEST_CREDIT = 80


def wire_credit_of(credit: str | None, authors: Iterable[str], body: str, outlet: str) -> str | None:
    """Our name of the agency that an article is credited to; None for the outlet's own.

    `credit` is what the page's byline or dateline names as the agency, in whatever form.
    """
    for evidence in (credit, *authors):
        if evidence and (agency := _agency_in(evidence)):
            return _unless_own(agency, outlet)
    dateline = _DATELINE.match(body)
    if dateline and (agency := _agency_in(dateline[1] or dateline[2])):
        return _unless_own(agency, outlet)
    last = body[body.rfind("\n\n") + 2 :] if "\n\n" in body else ""
    if last and len(last) <= _LONGEST_CREDIT and (agency := _agency_in(last)):
        return _unless_own(agency, outlet)
    mark = _MARK_AT_END.search(body[-60:])
    if mark and (agency := _known(mark[1])):
        return _unless_own(agency, outlet)
    return None


@lru_cache(maxsize=4096)  # an outlet's authors come again and again
def _agency_in(text: str) -> str | None:
    """The agency that a byline or credit line names: alone, in brackets, or as one of several."""
    text = text.strip()
    for part in (text, *_IN_BRACKETS.findall(text), *_SEVERAL.split(text)):
        if agency := _known(part):
            return agency
    return None


def _known(name: str) -> str | None:
    for _ in range(3):
        if agency := _CAPITALS.get(name) or _WORDS.get(name.lower()):
            return agency
        shorter = _STAFF.sub("", _AROUND.sub("", name))
        if shorter == name:
            return None
        name = shorter
    return None


def _unless_own(agency: str, outlet: str) -> str | None:
    own = agency.lower().replace(" ", "_")
    return None if outlet == own or outlet.startswith(own + "_") else agency

"""Places in other languages: countries by the names that Unicode's CLDR has for them, from babel."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from pipelines.storage.gazetteer import COUNTRIES

# What the press writes where CLDR's name is the formal one; "-" marks what only sounds like a country.
EVERYDAY = {
    "zh-Hans": "HK 香港, MO 澳门, PS 巴勒斯坦 加沙, KR 南韩, AE 阿联酋, SA 沙特, CN 北京 内蒙古, - 印度洋",
    "zh-Hant": "HK 香港, MO 澳門, PS 巴勒斯坦 加薩, KP 朝鮮, KR 韓國, AE 阿聯, CN 北京 內蒙古, - 印度洋",
    "ja": "HK 香港, MO マカオ, PS パレスチナ ガザ, AE UAE, CN 北京, JP 東京, KR ソウル, - インド洋 日本海",
    "ko": "HK 홍콩, MO 마카오, PS 팔레스타인 가자지구, KR 한국 서울, CN 베이징, - 인도양 인도적 인도주의",
    "ru": "HK Гонконг, MO Макао, PS Палестина Газа, KR Южная·Корея Сеул, KP Северная·Корея Пхеньян, CN КНР"
    " Пекин, MM Мьянма, - Индийский·океан",
    "ar": "HK هونغ·كونغ, MO ماكاو, PS فلسطين غزة, AE الإمارات, SA السعودية, CN بكين, - المحيط·الهندي",
    "hi": "HK हांगकांग, PS फ़िलिस्तीन गाजा, KR दक्षिण·कोरिया, TR तुर्की, AE यूएई",
    "id": "HK Hong·Kong, MO Makau, PS Palestina Gaza, CN China Cina Beijing, KR Korsel, KP Korut",
    "ms": "HK Hong·Kong, MO Macau, PS Palestin Gaza",
    "vi": "HK Hồng·Kông, MO Macao, PS Palestine Gaza, AE UAE, CN Bắc·Kinh",
    "th": "HK ฮ่องกง, MO มาเก๊า, PS ปาเลสไตน์ กาซา",
    "fr": "HK Hong·Kong, MO Macao, PS Palestine Gaza, MM Birmanie, CN Pékin, - Océan·Indien",
    "de": "HK Hongkong, MO Macau, PS Palästina Gaza, MM Birma, CN Peking, KR Seoul, KP Pjöngjang",
    "es": "HK Hong·Kong, MO Macao, PS Palestina Gaza, CN Pekín, KR Seúl, MM Birmania",
    "it": "HK Hong·Kong, MO Macao, PS Palestina Gaza, CN Pechino, MM Birmania",
    "pt": "HK Hong·Kong, MO Macau, PS Palestina Gaza, CN Pequim",
    "tr": "HK Hong·Kong, PS Filistin Gazze, CN Pekin, KR Seul, AE BAE",
    "fa": "HK هنگ‌کنگ, PS فلسطین غزه, AE امارات, CN پکن, IR تهران",
}

_CODES = frozenset(re.findall(r"^([A-Z]{2}):", COUNTRIES, re.MULTILINE))
_UNSPACED = {"zh", "yue", "ja", "th", "lo", "my", "km", "bo"}
_PREFIXED = {"ar": "و?ف?[بكل]?", "fa": "", "ur": "", "he": "ו?[בלמהשכ]?"}
_UNINFLECTED = {
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "id",
    "ms",
    "vi",
    "fil",
    "sv",
    "da",
    "nb",
    "no",
    "tr",
    "az",
}
_CASE_ENDINGS = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr"), "аеёиіїйоуыьюямхв"),
    **dict.fromkeys(("pl", "cs", "sk", "sl", "hr", "bs", "lt", "lv"), "aąeęéiíoóuůyýmchwsš"),
}
_KATAKANA = "\u30a1-\u30fa\u30fc"


def countries_named_in(language: str, text: str) -> list[str]:
    """Codes of the countries that the text names in its language, in the order in which it does."""
    pattern, codes = _names(language)
    if pattern is None:
        return []
    found = dict.fromkeys(codes[_group(match)] for match in pattern.finditer(text))
    return [code for code in found if code != "-"]


def _group(match: re.Match[str]) -> str:
    return match.lastgroup or ""


@lru_cache(maxsize=16)
def _names(language: str) -> tuple[re.Pattern[str] | None, dict[str, str]]:
    """One pattern over all names, longest first; each name's group tells its country."""
    try:
        territories = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        return None, {}
    names = {_plain(territories[code]): code for code in sorted(_CODES) if code in territories}
    for entry in filter(None, EVERYDAY.get(language, "").split(",")):
        code, *everyday = entry.split()
        names.update(dict.fromkeys((name.replace("·", " ") for name in everyday), code))
    ordered = sorted(names, key=lambda name: -len(name))
    codes = {f"n{number}": names[name] for number, name in enumerate(ordered)}
    alternatives = (f"(?P<n{number}>{_as_pattern(language, name)})" for number, name in enumerate(ordered))
    return re.compile("|".join(alternatives)), codes


def _plain(name: str) -> str:
    """Without what CLDR adds in brackets: "Мьянма (Бирма)" is "Мьянма" to the press."""
    return re.sub(r"\s*[(（].*", "", name)


def _as_pattern(language: str, name: str) -> str:
    language = language.partition("-")[0]
    escaped = re.escape(name)
    if language in _UNSPACED:
        # タイ is Thailand, but not in タイトル.
        is_katakana = re.fullmatch(f"[{_KATAKANA}・]+", name) is not None
        return f"(?<![{_KATAKANA}]){escaped}(?![{_KATAKANA}])" if is_katakana else escaped
    if language == "ko":
        return f"(?<![가-힣]){escaped}"  # its particles follow without a space
    if language in _PREFIXED:
        article = escaped.removeprefix("ال")
        with_article = f"(?:ال|لل){article}" if article != escaped else escaped
        return rf"(?<!\w){_PREFIXED[language]}{with_article}(?!\w)"
    if language in _UNINFLECTED or len(name) < 4:
        return rf"(?<!\w){escaped}s?(?!\w)"
    endings = _CASE_ENDINGS.get(language)
    if endings is None:
        return rf"(?<!\w){escaped}\w{{0,3}}(?!\w)"
    stems = (re.escape(word[:-1] if word[-1] in endings and len(word) > 4 else word) for word in name.split())
    return r"(?<!\w)" + rf"[{endings}]{{0,3}}\s+".join(stems) + rf"[{endings}]{{0,3}}(?!\w)"

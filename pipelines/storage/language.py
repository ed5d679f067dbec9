"""The language of an article: what its page declares where the text agrees, else what the text shows."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_TAG = re.compile(r"([a-z]{2,3})((?:-[a-z0-9]{1,8})*)")
_CODES = """
    aa ab af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee
    el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik
    io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk
    ml mn mr ms mt my na nb nd ne ng nl nn nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc
    sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tn to tr ts tt tw ty ug uk ur uz ve
    vi vo wa wo xh yi yo za zh zu fil yue ckb
"""
_KNOWN = frozenset(_CODES.split())
_REPLACED = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "no": "nb", "tl": "fil", "cmn": "zh"}
_TRADITIONAL_REGIONS = {"tw", "hk", "mo"}
_SIMPLIFIED_REGIONS = {"cn", "sg", "my"}
# Languages that are written in several scripts, where a tag's script says something if it is not this one.
_USUAL_SCRIPT = {
    **dict.fromkeys(("az", "bs", "ku", "ms", "tk", "uz"), "Latn"),
    **dict.fromkeys(("kk", "mn", "sr", "tg"), "Cyrl"),
    **dict.fromkeys(("sd", "ug"), "Arab"),
    "pa": "Guru",
}

_CYRILLIC, _ARABIC, _DEVANAGARI = "\u0400-\u052f", "\u0600-\u06ff\u0750-\u077f", "\u0900-\u097f"
_HAN, _BENGALI = "\u4e00-\u9fff", "\u0980-\u09ff"
_SCRIPTS = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "kk", "ky", "mn", "tg", "tt", "sr"), _CYRILLIC),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug", "sd", "ckb"), _ARABIC),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), _DEVANAGARI),
    **dict.fromkeys(("bn", "as"), _BENGALI),
    **dict.fromkeys(("zh", "yue"), _HAN),
    "ja": f"\u3040-\u30ff{_HAN}",
    "ko": "\uac00-\ud7a3",
    "am": "\u1200-\u137f",
    "bo": "\u0f00-\u0fff",
    "dv": "\u0780-\u07bf",
    "el": "\u0370-\u03ff",
    "gu": "\u0a80-\u0aff",
    "he": "\u0590-\u05ff",
    "hy": "\u0530-\u058f",
    "ka": "\u10a0-\u10ff",
    "km": "\u1780-\u17ff",
    "kn": "\u0c80-\u0cff",
    "lo": "\u0e80-\u0eff",
    "ml": "\u0d00-\u0d7f",
    "my": "\u1000-\u109f",
    "or": "\u0b00-\u0b7f",
    "pa": "\u0a00-\u0a7f",
    "si": "\u0d80-\u0dff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "th": "\u0e00-\u0e7f",
}
# Scripts that only one language writes.
_OF_ONE_LANGUAGE = (
    *("ko", "th", "lo", "my", "km", "bo", "ka", "hy", "he", "el", "am", "dv"),
    *("si", "ta", "te", "kn", "ml", "gu", "pa", "or"),
)
_KANA = re.compile("[\u3040-\u30ff]")
_NOT_LATIN = re.compile("[\u0370-\u1dff\u2c00-\ufaff\U00010000-\U0003ffff]")

_ENGLISH_WORDS = """
    the of and to in a that for on is was with as it by from has have at be said are his an not but who will
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_SIMPLIFIED = re.compile("[这们国会为说时对产来个学经现发东车长门问间关开见当动单样点电业]")
_TRADITIONAL = re.compile("[這們國會為說時對產來個學經現發東車長門問間關開見當動單樣點電業]")
# Between such neighbours a doubt is no doubt about the rest.
_KIN = ({"id", "ms"}, {"nb", "no", "nn", "da"}, {"hr", "bs", "sr"})
_SAMPLE = 2000
_GLANCE = 600
"""As much of a text as tells English beyond doubt, most times."""


def language_of(declared: str | None, text: str) -> str | None:
    """BCP 47 tag of the article: language, and script where a language has two; None where nothing is sure.

    The declared language stands unless the text plainly is in another one, as on a page whose template says
    "en" over a text in Indonesian.
    """
    tag = bcp47(declared)
    if tag == "en" and _reads_english(text[:_GLANCE]):
        return tag
    if tag == "zh" or tag is None or _is_doubtful(tag, text):
        return _detected(text) or tag
    return tag


@lru_cache(maxsize=1024)
def bcp47(declared: str | None) -> str | None:
    """The declared tag in its shortest right form ("en_US" → "en", "zh-TW" → "zh-Hant"); None if it is none.

    Regions are left out: they tell the outlet's home, which the outlet says better.
    """
    match = _TAG.fullmatch((declared or "").strip().replace("_", "-").lower())
    if match is None:
        return None
    language = _REPLACED.get(match[1], match[1])
    if language not in _KNOWN:
        language = _by_babel(language)
    subtags = match[2].split("-")[1:]
    script = next((subtag.title() for subtag in subtags if len(subtag) == 4 and subtag.isalpha()), None)
    if language == "zh":
        if script not in ("Hans", "Hant"):
            is_traditional = not _TRADITIONAL_REGIONS.isdisjoint(subtags)
            is_simplified = not _SIMPLIFIED_REGIONS.isdisjoint(subtags)
            script = "Hant" if is_traditional else "Hans" if is_simplified else None
        return f"zh-{script}" if script else "zh"
    if language in _USUAL_SCRIPT and script and script != _USUAL_SCRIPT[language]:
        return f"{language}-{script}"
    return language or None


def _by_babel(code: str) -> str:
    """Two letters for three ("eng"), or three where a language has no two, or "" where it is no language."""
    from babel import Locale
    from babel.core import get_global

    code = get_global("language_aliases").get(code, code)
    return code if code in _KNOWN or code in Locale("en").languages.keys() - {"und", "mul", "zxx"} else ""


def _is_doubtful(tag: str, text: str) -> bool:
    """Whether the text's letters, or for English its small words, speak against the tag."""
    sample = text[:_SAMPLE]
    language, _, script = tag.partition("-")
    if script in ("Latn", "Cyrl", "Arab"):
        return False
    if language in _SCRIPTS:
        return len(sample) > 60 and len(_in_script_of(language).findall(sample)) < len(sample) / 5
    if not sample.isascii() and len(_NOT_LATIN.findall(sample)) > len(sample) / 3:
        return True
    if language != "en":
        return False
    words = sample.lower().split()
    return len(words) > 30 and len(_ENGLISH.intersection(words)) < 4


@cache
def _in_script_of(language: str) -> re.Pattern[str]:
    return re.compile(f"[{_SCRIPTS[language]}]")


def _detected(text: str) -> str | None:
    sample = text[:_SAMPLE]
    if not sample.isascii() and len(_NOT_LATIN.findall(sample)) > len(sample) / 3:
        for language in _OF_ONE_LANGUAGE:
            if len(_in_script_of(language).findall(sample)) > len(sample) / 4:
                return language
        if len(_KANA.findall(sample)) > len(sample) / 20:
            return "ja"  # mostly Chinese characters, perhaps, but never without kana
        if len(_in_script_of("zh").findall(sample)) > len(sample) / 4:
            return _chinese(sample)
    else:
        if _reads_english(sample):
            return "en"
        if len(sample.split()) < 8:
            return None
    (language, probability), (second, half) = _identifier().rank(sample)[:2]
    if any(language in kin and second in kin for kin in _KIN):
        probability += half
    return bcp47(language) if probability > 0.9 else None


def _reads_english(sample: str) -> bool:
    words = sample.lower().split()
    return "the" in words and len(_ENGLISH.intersection(words)) > 5


def _chinese(sample: str) -> str:
    simplified, traditional = len(_SIMPLIFIED.findall(sample)), len(_TRADITIONAL.findall(sample))
    if simplified == traditional:
        return "zh"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


@cache
def _identifier() -> LanguageIdentifier:
    # The import takes the better part of a second, and most pages declare their language rightly.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

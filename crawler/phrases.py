"""What pages say around their articles, in the languages that we meet: calls, labels, credits."""

from __future__ import annotations

import re

# How lines open that are no part of an article; each alternative is matched in front of the line.
_OPENINGS = {
    "en": (
        "read (?:more|also|next|the full)",
        "also read",
        "see also",
        "more (?:on|from|about|news)",
        "related",
        "recommended",
        "advertisement",
        "subscribe",
        "sign (?:up|in)",
        "log ?in",
        "register",
        "follow (?:us|me)",
        "share (?:this|on)",
        "click here",
        "watch(?: now| more)?:",
        "listen",
        "download",
        "copyright",
        "all rights",
        "photo",
        "image",
        "video",
        "source",
        "tags?",
        "topics?",
        "comments?",
        "leave a",
        "join (?:us|our|the)",
        "get (?:the|our)",
        "(?:don't|do not) miss",
        "stay (?:up|informed)",
        "newsletter",
        "editor'?s? (?:note|pick)",
        "with (?:inputs|agenc)",
        "(?:first |last )?(?:published|updated|modified|posted)",
        "contact",
    ),
    "de": ("anzeige", "werbung", "mehr (?:zum|zu|aus)", "lesen sie", "lies auch", "lesetipp", "quelle"),
    "fr": ("publicité", "lire aussi", "à lire"),
    "es, pt, it": ("publicidad", "lee también", "leia (?:também|mais)", "leggi anche"),
    "sv, no": ("les også", "läs (?:mer|också)"),
    "id, ms": ("baca juga", "simak"),
    "ru": ("читайте", "подпис", "источник"),
    "zh": ("相关", "相關", "延伸", "更多", "阅读", "原标题", "责任编辑", "編輯"),
    "ja": ("関連", "写真", "続きを"),
    "ko": ("관련", "사진", "기자", "무단", "저작권"),
    "signs": ("©", "ⓒ", "▶", "►", ">>", "»"),
}
CALL = re.compile(r"^\W*(?:" + "|".join(part for parts in _OPENINGS.values() for part in parts) + ")", re.I)
"""Matches the opening of a line that calls to something else, or labels it."""

CALL_INSIDE = re.compile(
    r"newsletter|whatsapp|telegram (?:channel|group)|(?:grup|kanal|canal|channel|group) telegram|subscri|"
    r"terms of (?:use|service)|privacy policy|abonnier|sign up|app store|google news|follow us|"
    r"all rights reserved|copyright|join (?:us|our)|read more|e-?mail us|letters to the editor|"
    r"comments? (?:section|policy)|download (?:our|the) app|breaking news alert|your inbox|click here",
    re.I,
)
"""Found in the calls that stand at the end of articles."""

ABOUT_THE_AUTHOR = re.compile(
    r"^[A-Z][\w.'’-]{1,30} [A-Z][^.!?]{0,60}? (?:is|was) (?:an?|the) [^.!?]{0,90}"
    r"\b(?:writer|reporter|editor|journalist|correspondent|columnist|author|contributor|producer|blogger)\b"
)
"""A sentence that introduces the author."""

DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\d{1,2}:\d\d|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"
    r"|\b(?:min(?:ute)?s?|hours?|days?) ago\b",
    re.I,
)
"""Something like a date or a time of day."""

BYLINE = re.compile(r"^\W*(?:by|von|par|por|di|da|av|af|oleh|from|text:|foto)\b", re.I)
"""The opening of a line that names the author."""

SIGNATURE = re.compile(
    r"^\W*(?:[^\s=()]{1,12}=)?\W*[가-힣]{2,4}\s?(?:기자|특파원)\W+[\w.+-]{1,64}@[\w.-]{1,100}\W*$"
)
"""The line with which Korean reporters sign: "홍길동 기자 hong@news.example"."""

CREDIT_AT_END = re.compile(
    r"[(\[（](?:[Pp]hotos?(?: by|:|/)[^()\[\]（）]{2,50}|[A-Z][\w.& ]{1,25}/[A-Z][\w.' -]{2,40})[)\]）]"
    r"\W{0,2}$"
)
"""The end of a caption in running text: "(Agency/Name)", "[Photo/Agency]"."""

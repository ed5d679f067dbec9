"""What surrounds every page of the site: navigation, scripts, chat, login, newsfeed. None of it is news."""

from __future__ import annotations

import random

from tests.replica.deck import SECTION_NAMES
from tests.replica.messages import Padding
from tests.replica.rich import attribute, escaped

SITE_NAME = "Sputnik International"
PADDING_MARK = "<!-- scripts -->"
"""Where the padding goes."""

_LINKS = "".join(
    f'<li class="header__nav-item"><a href="/{slug}/" class="header__nav-link">{escaped(name)}</a></li>'
    for slug, name in SECTION_NAMES.items()
)
HEADER = f"""<div class="header" id="header"><div class="header__top">
<a class="header__logo" href="/" title="{SITE_NAME}">
<span class="header__logo-text">{SITE_NAME}</span></a>
<div class="header__editions"><div class="header__editions-item">
<a href="/">International</a></div>
<div class="header__editions-item"><a href="https://sputniknews.in/">India</a></div>
<div class="header__editions-item"><a href="https://en.sputniknews.africa/">Africa</a></div></div></div>
<ul class="header__nav">{_LINKS}</ul></div>"""

FOOTER = """<div class="footer"><ul class="footer__nav">
<li><a href="/docs/about/feedback.html">Feedback</a></li>
<li><a href="/docs/about/privacy_policy.html">Privacy Policy</a></li>
<li><a href="/docs/about/terms_of_use.html">Terms of Use</a></li></ul>
<div class="footer__copyright">© Sputnik. All rights reserved. 18+</div></div>
<div class="lenta" id="lenta"><div class="lenta__title">Newsfeed</div>
<div class="lenta__counter">0</div></div>
<div class="chat" id="chat"><div class="chat__join">To participate in the discussion<br>
<a class="chat__login" href="#">log in or register</a></div>
<div class="chat__closed">The discussion is closed</div>
<div class="chat__loader">loader</div><div class="chat__title">Chats</div>
<div class="chat__article">Заголовок открываемого материала</div></div>
<div class="auth" style="display:none"><div class="auth__message">Registration completed successfully!</div>
<div class="auth__blocked">Access to the chat has been blocked for violating the rules.</div></div>"""

SCRIPTS = """<script>window.GLOBAL = {www: 'https://sputniknews.com', locale: 'en', error: {}};
window.dataLayer = window.dataLayer || [];</script>
<script async src="/project_data/counter.js"></script>"""


def page(head: str, body: str) -> str:
    """A whole page of the new design."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="X-UA-Compatible" content="IE=edge">{head}{SCRIPTS}{PADDING_MARK}</head>'
        f'<body id="body" data-ab="a">{HEADER}<div class="layout">{body}</div>{FOOTER}</body></html>'
    )


def head_of(title: str, description: str, path: str) -> str:
    """Title, description and address of a page that is no article."""
    return (
        f"<title>{escaped(title)}</title>"
        f'<meta name="description" content="{attribute(description)}">'
        f'<link rel="canonical" href="https://sputnikglobe.com{path}">'
        '<link rel="alternate" type="application/rss+xml" href="/export/rss2/archive/index.xml">'
    )


def padding(size: int) -> Padding | None:
    """Scripts of about that many bytes, as real pages carry them."""
    if size <= 0:
        return None
    dice = random.Random("padding")
    names = ("render", "slot", "banner", "player", "poll", "share", "scroll", "widget", "queue", "token")
    lines: list[str] = []
    length = 0
    while length < size:
        a, b = dice.choice(names), dice.choice(names)
        digits = "".join(dice.choices("0123456789abcdef", k=24))
        condition = f"if({b}['{digits}']!==t){{return {a}(t,{length})}}"
        line = f"function {a}_{length}(e,t){{var {b}=e.{b}||{{}};{condition}}}\n"
        lines.append(line)
        length += len(line)
    return Padding(f"<script>{''.join(lines)}</script>".encode())

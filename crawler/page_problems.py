"""How pages that are no article are told from articles."""

from __future__ import annotations

import re

from crawler.html_text import fold_space
from crawler.page import ArticleNotFound, BotChallenge, ConsentWall, LoginWall, Page, PageProblem

SHORT_PAGE = 3_000
"""Characters of visible text below which a page may be a challenge, a wall or an error page."""

# Markup that guards put into their challenge pages, and hardly ever into the pages behind them.
_CHALLENGES = (
    "_cf_chl_opt",
    "cf-challenge",
    "cf-browser-verification",
    "cf_captcha_kind",
    "captcha-delivery.com",
    "px-captcha",
    "/_Incapsula_Resource",
    "awsWafCookieDomainList",
    "gokuProps",
    "sec-if-cpt-container",
    "ak_bmsc_challenge",
    "ddg-captcha",
    "sucuri_cloudproxy_js",
    "geo.captcha",
    "h-captcha-response",
    "g-recaptcha-response",
)
_CHALLENGE_TITLE = re.compile(
    r"just a moment|attention required|are you a (?:human|robot)"
    r"|access (?:to this page )?(?:has been )?denied"
    r"|checking your browser|security check|verify(?:ing)? you are (?:a )?human"
    r"|pardon our interruption"
    r"|请稍候|安全验证|bot verification|ddos-guard|one more step",
    re.I,
)
_CONSENT_TITLE = re.compile(
    r"before you continue|cookie (?:consent|wall|notice)|privacy (?:gate|wall|choices|consent)|consent"
    r"|we value your privacy|bevor sie|datenschutz.{0,20}einstellungen"
    r"|(?:gérer|vos).{0,20}cookies|cookie[ -]?instellingen"
    r"|votre vie privée|privacyinstellingen",
    re.I,
)
_CONSENT_MARKUP = re.compile(
    r"action=[\"'][^\"']{0,200}(?:consent|privacy[-_]?gate|cookie[-_]?wall)"
    r"|id=[\"'](?:consent-page|privacy-gate|cookiewall)|collectConsent|class=[\"'][^\"']{0,100}consent-(?:page|form|overlay)",
    re.I,
)
_MISSING_TITLE = re.compile(
    r"\b404\b|(?:page|article|story|content|file) (?:you .{0,40})?"
    r"(?:was |is |has been |could |can )?(?:not|no longer|n't) "
    r"(?:be )?(?:found|available|exist)|(?:page|article|story) (?:removed|not found|unavailable)|^not found|"
    r"nothing (?:was )?found|does(?: not|n't) exist|страница не найдена"
    r"|页面不存在|找不到(?:页面|網頁)|頁面不存在"
    r"|ページが見つかりません|페이지를 찾을 수 없"
    r"|seite nicht gefunden|page introuvable|no encontrad[ao]|tidak ditemukan",
    re.I,
)
_LOGIN_TITLE = re.compile(
    r"^(?:log ?in|sign ?in|sign ?up|anmelden|einloggen|connexion|iniciar sesión"
    r"|登录|登入|ログイン|로그인|вход)\b",
    re.I,
)
_WORDLESS = "script, style, noscript, template, svg, head"


def diagnosis(page: Page, *, says_article: bool = False) -> PageProblem | None:
    """What the page is instead of an article, or None when nothing points to anything.

    To be asked only about pages on which no article was found, or hardly one: a good article may carry a
    consent banner, a login form or a guard's script too. A page that declares itself an article is believed
    unless its very title says otherwise.
    """
    html = page.html
    title = fold_space(page.first_text("title") or "")
    heading = fold_space(page.first_text("h1") or "")
    names = f"{title} | {heading}"
    short = len(visible_text(page)) < SHORT_PAGE
    if short and (any(mark in html for mark in _CHALLENGES) or _CHALLENGE_TITLE.search(names)):
        return BotChallenge(page.url)
    if _MISSING_TITLE.search(title) or _MISSING_TITLE.search(heading):
        return ArticleNotFound(page.url, reason="soft-404")
    by_markup = short and not says_article
    if short and (_CONSENT_TITLE.search(names) or (by_markup and _CONSENT_MARKUP.search(html[:200_000]))):
        return ConsentWall(page.url)
    asks = _LOGIN_TITLE.search(title) or _LOGIN_TITLE.search(heading)
    if short and (asks or (by_markup and page.tree.css_first("input[type=password]"))):
        return LoginWall(page.url)
    return None


def visible_text(page: Page) -> str:
    """All words that a reader would see, roughly."""
    body = page.tree.body
    if body is None:
        return ""
    copy = body.clone()
    for node in copy.css(_WORDLESS):
        node.decompose()
    return fold_space(copy.text(separator=" "))

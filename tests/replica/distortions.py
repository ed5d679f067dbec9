"""The answers of faults that change the page: walls, empty bodies, broken markup."""

from __future__ import annotations

import re

from tests.replica.faults import Rule
from tests.replica.messages import Response

_CONSENT = """<!DOCTYPE html><html lang="en"><head><title>Before you continue to Sputnik International</title>
<meta name="robots" content="noindex"></head><body><div id="consent-wall" class="cmp-container" role="dialog">
<h1>Before you continue</h1><p>We and our 843 partners use cookies and process personal data,
such as IP addresses. Click “Accept all” to consent, or “Manage options” to choose your privacy settings.</p>
<form action="/consent/" method="post"><button name="choice" value="all">Accept all</button>
<button name="choice" value="none">Reject all</button>
<button name="choice" value="more">Manage options</button>
</form></div></body></html>"""
_CHALLENGE = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
<meta name="robots" content="noindex,nofollow">
<script>window._cf_chl_opt={cvId:'3',cType:'managed'};</script></head>
<body><div class="main-wrapper" role="main">
<div id="challenge-error-text">Enable JavaScript and cookies to continue</div>
</div><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>"""
_NESTING = 5000

_DATES = (
    (re.compile(r'\sdata-unixtime="\d+"'), ""),
    (re.compile(r'<meta property="article:(?:published|modified)_time"[^>]*>'), ""),
    (re.compile(r'<meta name="analytics:p_ts"[^>]*>'), ""),
    (re.compile(r'<meta content="[^"]*" (?:http-equiv="last-modified"|itemprop="date\w+"[^>]*)>'), ""),
    (re.compile(r'<div itemprop="date\w+">[^<]*</div>'), ""),
    (re.compile(r"<time.*?</time>"), ""),
    (re.compile(r'(<div class="article__info-date">).*?(</div>)'), r"\1\2"),
    (re.compile(r" - \d\d\.\d\d\.\d{4}, Sputnik International"), " - Sputnik International"),
    (re.compile(r"\.\.\. \d\d\.\d\d\.\d{4}, Sputnik International"), "..., Sputnik International"),
    (re.compile(r'<div itemprop="copyrightYear">\d+</div>'), ""),
)
_ITEMS = re.compile(
    r'<div class="list__item">.*?</div></div>\n|<item>.*?</item>\n|<(url|sitemap)>.*?</\1>\n', re.DOTALL
)


def distorted(rule: Rule, response: Response) -> Response:
    """What is answered instead of `response` under this rule."""
    if rule.kind == "status":
        status = rule.status or 503
        body = f"<h1>{status}</h1>".encode()
        return Response(status, body, headers=list(rule.headers.items()), kind=response.kind)
    if rule.kind == "empty":
        return _like(response, b"")
    if rule.kind == "consent":
        return _like(response, _CONSENT.encode())
    if rule.kind == "challenge":
        headers = [("Server", "cloudflare"), ("cf-mitigated", "challenge"), *rule.headers.items()]
        return Response(rule.status or 403, _CHALLENGE.encode(), headers=headers, kind=response.kind)
    text = response.whole().decode()
    if rule.kind == "nested":
        text = re.sub(r"(<body[^>]*>)", r"\1" + "<div>" * _NESTING, text, count=1)
        text = text.replace("</body>", "</div>" * _NESTING + "</body>")
    elif rule.kind == "no-date":
        for pattern, replacement in _DATES:
            text = pattern.sub(replacement, text)
    elif rule.kind == "no-items":
        text = _ITEMS.sub("", text)
    elif rule.kind == "layout":
        # A relaunch: the same page with other class names.
        text = re.sub(r"\b(article|list|online|b-article)__", r"\1-new-", text).replace(
            "itemprop=", "data-prop="
        )
    return _like(response, text.encode())


def _like(response: Response, body: bytes) -> Response:
    return Response(response.status, body, response.content_type, kind=response.kind)

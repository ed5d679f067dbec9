"""What hypothesis builds its input from: for each target the pieces that its parser has an opinion on."""

from __future__ import annotations

import gzip
import zlib

import brotli
from backports import zstd
from hypothesis import strategies as st

_PAGE = """
<html> <html lang="zh-Hant"> <head> </head> <body> </body> <div class="article"> <div
class="article__body"> </div> <p> </p> <div class="article__block" data-type="text"> <div
class="article__text"> <h1 class="article__title"> </h1> <h1> <title> </title> <script
type="application/ld+json"> </script> <meta name="robots" content="noindex"> <!-- --> <![CDATA[ ]]> <b>
</b> <a href="/20261119/x-1.html"> </a> <li> <ul> <table> <td> <svg> <br> <img src="/a.jpg"> <template>
<select> <meta property="article:published_time" content="20261120T0900+0000"> <link rel=canonical
href="/20261120/y-2.html"> <base href="//x/"> {"@type":"NewsArticle" "headline":"Talks" "author": [ ] { }
: , "datePublished":"2026-11-20" \\ud800 &#0; &#xD800; &nbsp; &lt; &amp;amp; < > " ' = / & ; BEIJING
(Sputnik) — AFP READ_MORE: © 1795507200 é 東京 \x00 \u202e \u2028
"""
_CHANNEL = """
<rss> </rss> <channel> <item> </item> <link> </link> <title> </title> <pubDate> </pubDate> <guid> <urlset>
</urlset> <url> </url> <loc> </loc> <sitemapindex> <sitemap> </sitemap> <lastmod> <feed> <entry> <link
href="/a-1.html"/> <?xml version="1.0"?> <!DOCTYPE rss [<!ENTITY a "b">]> &a; <div> </div> <a
href="/20261120/x-1100000001.html"> <a href="http://[::1/"> </a> <i data-unixtime="1795507200"> <b
data-url="/more?x=1"> https://sputnikglobe.com/20261120/x-1100000001.html javascript:x Fri, 20 Nov 2026
09:00:00 GMT 2026-11-20 < > & ] \x00 \ufeff é
"""
_TIME = """
2026 11 20 - / . : , T Z +03:00 +0300 UTC MSK GMT AM PM 09 00 59 60 24 Nov November ноября 年 月 日
vendredi 20 noviembre 1795507200 1795507200000 1e9 NaN Yesterday ago hours minutes сегодня 3 the at on
Published: Updated ٢٠٢٦ ２０２６ ( ) | — \x00
"""
_URL = """
http:// https:// ftp:// // / . .. @ : # ? & = % %2F %00 %zz [::1] [ ] 127.0.0.1 0x7f.1 2130706433
sputnikglobe.com www. m. amp. SPUTNIKNEWS.COM :80 :443 :x utm_source fbclid /amp/ .amp
/20261120/x-1100000001.html ;x \\ é 東京 xn-- ｓ ß \u202e \ud800 +
"""
_ROBOTS = """
User-agent: * asiadesk Disallow: Allow: / * $ Crawl-delay: Request-rate: 1/5 1/5m Sitemap: # 0.5 nan -1
1e309 %2F %zz /asia/ /services Visit-time: 0600-0845 é \x00 \ufeff : .html ?
"""
_HEADER = """
120 0 -1 1.5 1e9 99999999999 Fri, Tue, 20 24 Nov 2026 9999 0001 10:00:00 25:61:61 GMT +9999 -2400 soon \x00 é
"""
_SPACES = (" ", "\n", "\r\n", "\t", "")


def _text(words: str, size: int = 60) -> st.SearchStrategy[str]:
    piece = st.sampled_from([*words.split(), *_SPACES]) | st.text(max_size=6)
    return st.lists(piece, max_size=size).map("".join)


def _bytes(words: str, size: int = 60) -> st.SearchStrategy[bytes]:
    made = _text(words, size).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return made | st.binary(max_size=300) | st.tuples(made, st.binary(max_size=20), made).map(b"".join)


def _page(size: int = 80) -> st.SearchStrategy[bytes]:
    types = st.sampled_from(
        [
            "text/html",
            "text/html; charset=utf-8",
            "text/html; charset=gb18030",
            "text/html; charset=utf-16",
            "",
            "x",
        ]
    )
    encodings = st.sampled_from(["utf-8", "utf-16", "gb18030", "koi8-r", "utf-7"])
    whole = st.tuples(_text(_PAGE, size), encodings).map(lambda made: made[0].encode(made[1], "replace"))
    return st.tuples(types.map(str.encode), whole | _bytes(_PAGE, size)).map(b"\n".join)


_PACKERS = (gzip.compress, zlib.compress, brotli.compress, zstd.compress)


def _packed() -> st.SearchStrategy[bytes]:
    """Compressed bodies with a piece changed or cut off."""

    @st.composite
    def broken(draw: st.DrawFn) -> bytes:
        body = bytearray(
            draw(st.sampled_from(_PACKERS))(draw(st.binary(max_size=200)) * draw(st.integers(1, 200)))
        )
        for _ in range(draw(st.integers(0, 3))):
            body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
        names = st.sampled_from([b"gzip", b"deflate", b"br", b"zstd", b"identity", b"x"])
        return draw(names) + b"\n" + bytes(body[: draw(st.integers(0, len(body)))])

    return broken()


INPUTS: dict[str, st.SearchStrategy[bytes]] = {
    "article_page": _page(),
    "channels": _bytes(_CHANNEL),
    "publish_time": _bytes(_TIME, 20),
    "canonical": _bytes(_URL, 20),
    "robots": _bytes(_ROBOTS),
    "decompression": _packed() | st.binary(max_size=200),
    "addresses": _bytes(_URL, 12),
    "headers": _bytes(_HEADER, 12),
}

"""Hostile markup: nesting, tags without end, sheer size, walls, files that are no pages."""

from __future__ import annotations

import gzip
import io
import random
import zipfile

from tests.hostile.files.registry import MIB, Files, article, filled, hostile, page

QUIET = "quarantined"


@hostile
def nesting() -> Files:
    """A parser that goes blind or recurses must not make a quiet empty page of it."""
    for tag in (
        "div",
        "b",
        "span",
        "blockquote",
        "table><tr><td",
        "ul><li",
        "font",
        "a href=x",
        "svg><g",
        "i><p",
    ):
        yield f"{tag.split('>')[0].split()[0]}-5000", article(f"<{tag}>" * 5_000, states=QUIET)
    yield "div-400", article("<div>" * 400 + "deep" + "</div>" * 400)
    yield "div-100000", article("<div>" * 100_000, states=QUIET)
    yield "div-before-the-article", page(b"<div>" * 5_000 + article().body, states=QUIET)
    yield "closed-properly", article("<div>" * 20_000 + "x" + "</div>" * 20_000, states=QUIET)
    yield "misnested", article("<b><i><p></b></i>" * 3_000)
    yield "templates", article("<template>" * 3_000)
    yield "selects", article("<select><option><optgroup>" * 3_000)
    yield "framesets", page("<frameset>" * 50_000)
    yield "forms-in-tables", article("<table><form>" * 3_000)


@hostile
def unclosed() -> Files:
    """Megabytes after something that never ends."""
    for name, start, piece in (
        ("paragraphs", "", "<p>x"),
        ("bold", "", "<b>x"),
        ("bold-paragraphs", "", "<b><p>"),
        ("anchors", "", "<a href='/x'>"),
        ("comment", "<!--", "x "),
        ("comment-dashes", "<!--", "-"),
        ("cdata", "<![CDATA[", "x "),
        ("script", "<script>", "var x='<p>';"),
        ("style", "<style>", "a{} "),
        ("title", "<title>", "x "),
        ("textarea", "<textarea>", "<p>"),
        ("attribute", '<p class="', "x "),
        ("tag-name", "<", "a"),
        ("attributes", "<p ", "a=b "),
        ("same-attribute", "<p ", "a "),
        ("doctype", "<!DOCTYPE ", "x "),
        ("opening-brackets", "", "<"),
        ("ends-only", "", "</p>"),
        ("plaintext", "<plaintext>", "<p>x"),
        ("noscript", "<noscript>", "<p>x"),
    ):
        yield name, article(start.encode() + filled(piece))


@hostile
def size() -> Files:
    """Honest markup, in quantities that no article has."""
    yield "one-paragraph", article(filled("The boats were counted again. "))
    yield "one-word", article(filled("a"))
    yield "short-paragraphs", article(filled("<p>Boats were counted.</p>"))
    yield "line-breaks", article(filled("<br>"))
    yield "empty-paragraphs", article(filled("<p></p>"))
    yield "elements", article(filled("<i></i>"))
    yield "entities", article(filled("&amp;"))
    yield "long-entity", article("&" + "a" * MIB + ";")
    yield "long-attribute", article('<p title="' + "x" * 3 * MIB + '">x</p>')
    yield "many-attributes", article("<p " + " ".join(f"a{n}=1" for n in range(200_000)) + ">x</p>")
    yield "many-classes", article('<p class="' + " ".join(f"c{n}" for n in range(200_000)) + '">x</p>')
    yield "many-headings", article(filled("<h1>Boats</h1>"))
    yield "many-articles", page(filled(article().body))
    yield "spaces", article(filled(" "))
    yield "new-lines", article(filled("\n"))
    yield "non-breaking-spaces", article(filled("&nbsp;"))
    yield "headline", article(headline=filled("Boats counted again. ", 2 * MIB))
    yield "author", article(author=filled("Mina Okafor, ", 2 * MIB))
    yield "tags", article(tag=filled("fishery, ", 2 * MIB))
    yield "caption", article(caption=filled("The harbour (AFP) ", 2 * MIB))
    yield "nested-lists", article(filled("<ul><li>x</li></ul>"))
    yield "table-cells", article("<table><tr>" + "<td>x" * 300_000 + "</table>")


@hostile
def walls() -> Files:
    """Pages that are no articles."""
    walled = "failed blocked quarantined"
    yield "empty", page("", states=walled)
    yield "one-space", page(" ", states=walled)
    yield "one-byte", page("<", states=walled)
    yield "only-head", page("<html><head><title>Harbour</title></head></html>", states=walled)
    yield "only-script", page("<html><body><script>render()</script></body></html>", states=walled)
    yield (
        "consent",
        page(
            "<title>Before you continue</title><form action='/consent'>We value your privacy</form>",
            states=walled,
        ),
    )
    yield "challenge", page("<title>Just a moment...</title><script>_cf_chl_opt={}</script>", states=walled)
    yield "soft-404", page("<title>404 Not Found</title><h1>Page not found</h1>", states=walled)
    yield "login", page("<title>Log in</title><input type=password>", states=walled)
    yield "frames", page("<frameset><frame src='http://169.254.169.254/'></frameset>", states=walled)
    yield "refresh", page("<meta http-equiv=refresh content='0;url=http://127.0.0.1/'>", states=walled)
    yield "base", article(head="<base href='http://169.254.169.254/'>")
    yield "no-date", article(date="")
    yield "two-articles", page(article().body + article(headline="Another one").body)


@hostile
def binary() -> Files:
    """Files that are no text at all, most of them under a false name."""
    noise = random.Random(7).randbytes(300_000)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("x", bytes(50 * MIB))
    none = "failed blocked quarantined"
    yield "noise", page(noise, states=none)
    yield "noise-as-json", page(noise, "application/json", states=none)
    yield "noise-as-octets", page(noise, "application/octet-stream", states=none)
    yield "zip-bomb", page(archive.getvalue(), "application/zip", states=none)
    yield "gzip-bomb-unlabelled", page(gzip.compress(bytes(200 * MIB)), states=none)
    yield "pdf", page(b"%PDF-1.7\n" + noise, "application/pdf", states=none)
    yield "png", page(b"\x89PNG\r\n\x1a\n" + noise, "image/png", states=none)
    yield "elf", page(b"\x7fELF" + noise, states=none)
    yield "nul-page", page(bytes(MIB), states=none)
    yield "nul-around-an-article", page(bytes(MIB) + article().body + bytes(MIB))
    yield "article-as-picture", page(article().body, "image/jpeg")
    yield "content-type-nonsense", page(article().body, "text/" + "h" * 5_000 + "; charset=" + "x" * 5_000)
    yield "high-bytes", page(b"\xff" * 2 * MIB, states=none)

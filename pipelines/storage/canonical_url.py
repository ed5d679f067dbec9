"""Identity: the canonical form of an address, and the id and key of the article behind it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import unquote

# Most links are clean already: no query, escape, port, user name, empty or dot segment.
_CLEAN = re.compile(
    r"(https?)://([a-z0-9.-]++)(/(?:[A-Za-z0-9_~-][A-Za-z0-9_~.-]*+/)*+(?:[A-Za-z0-9_~-][A-Za-z0-9_~.-]*+)?)"
)
_PARTS = re.compile(r"([A-Za-z]++):[/\\]{2}([^/\\?#]*+)([^?#]*+)(?:\?([^#]*+))?")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*+")
_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}|%|[^A-Za-z0-9\-._~/!$&'()*+,;=:@?%]++")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACE_AND_CONTROLS = "".join(map(chr, range(33)))
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_VARIANTS = ("www.", "m.", "amp.", "mobile.")
_MAX_LENGTH = 8192

_SESSION = re.compile(r";jsessionid=[^/]*+", re.IGNORECASE)
# Google keeps copies of AMP pages, under addresses that hold the outlet's own.
_AMP_COPY = re.compile(
    r"https?://(?:[a-z0-9-]++\.cdn\.ampproject\.org/[civ]|(?:www\.)?google\.[a-z.]{2,6}/amp)/(s/)?([^/]+\..*)",
    re.IGNORECASE | re.DOTALL,
)
_AMP_PREFIX = re.compile(r"(?:/amp)++(?=/|$)")
_AMP_SUFFIX = re.compile(r"(?<=[^/.])\.amp(?=\.html?$|$)|/amp(?=/?$)")
_AMP_PARAMETERS = frozenset(
    ("amp", "amp=", "amp=1", "amp=true", "outputtype=amp", "output=amp", "format=amp", "view=amp")
)

# Parameters that say how the reader came, never what is shown. A wrong entry would merge two articles, so
# words by which some site selects its content ("id", "source", "from", "page", "keyword") stay out.
_TRACKING_PREFIXES = (
    *("utm_", "at_", "ns_", "mtm_", "pk_", "piwik_", "matomo_"),
    *("hsa_", "itm_", "rcmd_", "_hs", "__hs", "guce_"),
)
_TRACKING_NAMES = """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh li_fat_id mc_cid
    mc_eid mkt_tok _ga _gl _openstat vero_id vero_conv wickedid oly_anon_id oly_enc_id s_cid cmpid icid ito
    ncid ocid smid ref ref_src ref_url referrer referer taid tblci cx_click xtor wt_mc trk trkcampaign spm
    scm share_id share_source ftag intcid guccounter syclid fb_action_ids fb_action_types fb_source
    action_object_map action_type_map phpsessid jsessionid sessionid traffic_source
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())


def canonical_url(url: str, *, site: str | None = None, aliases: Collection[str] = ()) -> str:
    """The one form under which we know this address; applying it twice changes nothing.

    `site` is the outlet's own origin ("https://sputnikglobe.com"): its mobile, AMP and www hosts, and those
    of `aliases` (host names), become its host and scheme. Raises ValueError, naming the address, for what is
    not an http(s) address with a host.
    """
    if len(url) > _MAX_LENGTH:
        raise ValueError(f"address of {len(url)} characters: {url[:200]!r}…")
    names = aliases if isinstance(aliases, tuple) else tuple(aliases)
    if ".ampproject.org/" in url or "/amp/" in url:
        url = _of_the_original(url)
    clean = _CLEAN.fullmatch(url)
    if clean and "amp" not in clean[3]:
        return _origin_of(url, clean[1], clean[2], site, names) + clean[3]
    parts = _PARTS.match(_as_browsers_read_it(url))
    if parts is None:
        raise ValueError(f"not an absolute http or https address: {url!r}")
    origin = _origin_of(url, parts[1].lower(), parts[2], site, names)
    canonical = origin + _canonical_path(parts[3]) + _canonical_query(parts[4])
    if len(canonical) > _MAX_LENGTH:
        raise ValueError(f"address of {len(canonical)} characters: {canonical[:200]!r}…")
    return canonical


def article_id(outlet: str, canonical: str, native_id: str | None) -> str:
    """The id in the dataset: the outlet's own where it has one, else a hash of the canonical URL."""
    return f"{outlet}:{native_id or blake2b(canonical.encode(), digest_size=8).hexdigest()}"


def article_key(article_id: str) -> bytes:
    """The 16 bytes under which the ledger knows an article."""
    return blake2b(article_id.encode(), digest_size=16).digest()


def _of_the_original(url: str) -> str:
    while copy := _AMP_COPY.match(url):
        url = f"http{'s' if copy[1] else ''}://{copy[2]}"
    return url


def _as_browsers_read_it(url: str) -> str:
    url = url.strip(_SPACE_AND_CONTROLS)
    if "\n" in url or "\t" in url or "\r" in url:
        url = url.replace("\n", "").replace("\t", "").replace("\r", "")
    return url if url.isascii() else _SURROGATES.sub("\ufffd", url)


def _origin_of(url: str, scheme: str, netloc: str, site: str | None, aliases: tuple[str, ...]) -> str:
    try:
        return _origin(scheme, netloc, site, aliases)
    except ValueError as error:
        raise ValueError(f"{error}: {url!r}") from None


@lru_cache(maxsize=8192)
def _origin(scheme: str, netloc: str, site: str | None, aliases: tuple[str, ...]) -> str:
    host, port = _host_and_port(scheme, netloc)
    if site is not None:
        own = _PARTS.match(site)
        if own is None:
            raise ValueError(f"the site {site!r} is not an origin")
        own_scheme, own_netloc = own[1].lower(), own[2]
        own_host, own_port = _host_and_port(own_scheme, own_netloc)
        family = {_bare(own_host), *(_bare(alias.lower()) for alias in aliases)}
        if _bare(host) in family and port in ("", own_port):
            scheme, host, port = own_scheme, own_host, own_port
    return f"{scheme}://{host}{port}"


def _host_and_port(scheme: str, netloc: str) -> tuple[str, str]:
    """Host in lower-case ASCII, and ":port" or "" for the scheme's own port; a user name is dropped."""
    if scheme not in _DEFAULT_PORTS:
        raise ValueError("neither http nor https")
    netloc = netloc.rpartition("@")[2]
    if netloc.startswith("["):
        literal, bracket, port = netloc[1:].partition("]")
        if not bracket or port[:1] not in ("", ":"):
            raise ValueError("no valid host")
        host, port = f"[{ipaddress.IPv6Address(literal).compressed}]", port[1:]
    else:
        host, _, port = netloc.partition(":")
        host = _ascii_host(host)
    if port and not (port.isascii() and port.isdigit() and len(port) < 9 and int(port) < 65536):
        raise ValueError("no valid port")
    port = str(int(port)) if port else ""
    return host, "" if port in ("", _DEFAULT_PORTS[scheme]) else f":{port}"


def _ascii_host(host: str) -> str:
    if "%" in host:
        host = unquote(host)
    if not host.isascii() and len(host) < 254:
        host = host.encode("idna").decode("ascii")
    host = host.lower().removesuffix(".")
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise ValueError("no valid host")
    return host


def _bare(host: str) -> str:
    """Without the variants' prefixes, but never down to a bare top-level domain."""
    while host.startswith(_VARIANTS) and host.count(".") > 1:
        host = host.partition(".")[2]
    return host


def _canonical_path(path: str) -> str:
    path = _normal_escapes(path.replace("\\", "/"))
    if ";" in path:
        path = _SESSION.sub("", path)
    if "/." in path:
        path = _without_dot_segments(path)
    while "amp" in path:
        shorter = _AMP_SUFFIX.sub("", path)
        prefix = _AMP_PREFIX.match(shorter)
        shorter = shorter[prefix.end() :] if prefix else shorter
        if shorter == path:
            break
        path = shorter
    return path or "/"


def _without_dot_segments(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _canonical_query(query: str | None) -> str:
    if not query:
        return ""
    pieces = _normal_escapes(query).split("&")
    if "amp;" in query:  # "&amp;" escaped once too often, as feeds like to do
        pieces = [re.sub("^(?:amp;)+", "", piece) for piece in pieces]
    kept = [piece for piece in pieces if piece and not _is_about_the_reader(piece.lower())]
    # Stable by name only: the order of a repeated parameter's values may mean something.
    kept.sort(key=lambda piece: piece.partition("=")[0])
    return "?" + "&".join(kept) if kept else ""


def _is_about_the_reader(piece: str) -> bool:
    name = piece.partition("=")[0]
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES) or piece in _AMP_PARAMETERS


def _normal_escapes(text: str) -> str:
    return _ESCAPES.sub(_normal_escape, text)


def _normal_escape(match: re.Match[str]) -> str:
    text = match[0]
    if len(text) == 3 and text[0] == "%":
        character = chr(int(text[1:], 16))
        return character if character in _UNRESERVED else text.upper()
    return "".join(f"%{byte:02X}" for byte in text.encode())

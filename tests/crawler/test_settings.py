"""The settings that protect: each is set, and Scrapy by itself would do otherwise."""

from __future__ import annotations

import datetime
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scrapy.settings import Settings
from scrapy.utils.misc import load_object
from scrapy.utils.project import get_project_settings

from crawler import listing_spider
from crawler.guarded_download import GuardedHandler
from tests.hostile.fetch import fetch

MIB = 1024 * 1024

PROTECTING: dict[str, Callable[[Any], bool]] = {
    # bounds
    "DOWNLOAD_MAXSIZE": lambda value: value == 4 * MIB,
    "DOWNLOAD_TIMEOUT": lambda value: value == 30,
    "REDIRECT_MAX_TIMES": lambda value: value == 5,
    "HEADERS_MAXSIZE": lambda value: value is not None and 0 < value <= 256 * 1024,
    "MIN_TRANSFER_RATE": lambda value: value is not None and value > 0,
    "MEMORY_LIMIT_MIB": lambda value: value is not None and value > 0,
    "RETRY_EXCEPTIONS": lambda value: "scrapy.exceptions.DownloadTimeoutError" not in value,
    # who is talked to
    "ALLOWED_PORTS": lambda value: value == [80, 443],
    "DOWNLOAD_VERIFY_CERTIFICATES": lambda value: value is True,
    "DOWNLOAD_TLS_MIN_VERSION": lambda value: value == "TLSv1.2",
    "HTTPPROXY_ENABLED": lambda value: value is False,
    # what opens a door
    "REFERER_ENABLED": lambda value: value is False,
    "COOKIES_ENABLED": lambda value: value is False,
    "TELNETCONSOLE_ENABLED": lambda value: value is False,
    "REMOTE_CONTROL_ENABLED": lambda value: value is False,
    "METAREFRESH_ENABLED": lambda value: value is False,
    # what would lose a link without a word
    "DUPEFILTER_CLASS": lambda value: value == "scrapy.dupefilters.BaseDupeFilter",
    # manners
    "ROBOTSTXT_OBEY": lambda value: value is True,
    "DOWNLOAD_DELAY": lambda value: value >= 1,
    "DOWNLOAD_DELAY_JITTER": lambda value: value == 0,
    "BACK_OFF": lambda value: value is not None and value > 0,
    "LONGEST_WAIT": lambda value: value is not None and value > 0,
    "DAILY_REQUEST_BUDGET": lambda value: value is not None and value > 0,
    "USER_AGENT": lambda value: re.fullmatch(r"asiadesk/[\d.]+\S* \(\+https://\S+\)", value) is not None,
}
OFF_ALREADY = {"JOBDIR": None, "HTTPCACHE_ENABLED": False, "AUTOTHROTTLE_ENABLED": False, "FEEDS": {}}
COMPONENTS = {
    "EXTENSIONS": ("crawler.safety.MemoryLimit", "crawler.politeness.Politeness"),
    "DOWNLOADER_MIDDLEWARES": (
        "crawler.safety.RefuseUnsafe",
        "crawler.offsite.OffsiteRefused",
        "crawler.robots.ObeyRobots",
        "crawler.decompression.BoundedDecompression",
        "crawler.politeness.BackOff",
    ),
    "ITEM_PIPELINES": ("pipelines.rights.RightsPipeline", "pipelines.same_page.SamePagePipeline"),
}
REPLACED = (
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware",
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware",
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware",
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware",
)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return get_project_settings()


@pytest.mark.parametrize("name", PROTECTING)
def test_a_setting_that_protects_is_set_and_missed_when_removed(settings: Settings, name: str) -> None:
    assert PROTECTING[name](settings.get(name)), f"{name} = {settings.get(name)!r}"
    assert not PROTECTING[name](Settings().get(name)), f"{name} protects by itself; take it from the table"


@pytest.mark.parametrize("name", OFF_ALREADY)
def test_what_scrapy_leaves_off_stays_off(settings: Settings, name: str) -> None:
    value = settings.get(name)
    assert (value or OFF_ALREADY[name]) == OFF_ALREADY[name]


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, paths in COMPONENTS.items() for path in paths]
)
def test_a_component_that_protects_is_there(settings: Settings, kind: str, path: str) -> None:
    assert settings.getdict(kind).get(path) is not None
    load_object(path)


@pytest.mark.parametrize("path", REPLACED)
def test_what_a_component_replaces_is_off(settings: Settings, path: str) -> None:
    assert settings.getwithbase("DOWNLOADER_MIDDLEWARES")[path] is None


def test_no_middleware_drops_an_address_for_its_length(settings: Settings) -> None:
    path = "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware"
    assert settings.getwithbase("SPIDER_MIDDLEWARES")[path] is None


def test_the_first_to_see_a_request_is_the_guard_and_the_first_to_see_an_answer_the_back_off(
    settings: Settings,
) -> None:
    orders = {
        path: at for path, at in settings.getwithbase("DOWNLOADER_MIDDLEWARES").items() if at is not None
    }
    ours = settings.getdict("DOWNLOADER_MIDDLEWARES")
    assert min(orders, key=orders.__getitem__) == "crawler.safety.RefuseUnsafe"
    assert ours["crawler.politeness.BackOff"] > max(
        at for path, at in orders.items() if path.endswith((".Redirects", ".RetryMiddleware"))
    )


def test_only_http_and_https_have_a_handler_and_it_is_the_guarded_one(settings: Settings) -> None:
    handlers = {scheme: path for scheme, path in settings.getwithbase("DOWNLOAD_HANDLERS").items() if path}
    assert set(handlers) == {"http", "https"}
    for path in handlers.values():
        assert issubclass(load_object(path), GuardedHandler)


def test_a_sitemap_is_bounded() -> None:
    assert listing_spider._SITEMAP_MAXSIZE == 16 * MIB


class _Anything(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def self_signed_server(tmp_path: Path) -> Iterator[str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = HTTPServer(("127.0.0.1", 0), _Anything)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_server_that_signed_its_own_certificate_is_not_believed(self_signed_server: str) -> None:
    url = f"{self_signed_server}/"
    outcome = fetch(
        [url], origin=self_signed_server, settings={"ROBOTSTXT_OBEY": False, "RETRY_ENABLED": False}
    )[url]
    assert outcome.status is None
    trusting = {"ROBOTSTXT_OBEY": False, "DOWNLOAD_VERIFY_CERTIFICATES": False}
    assert fetch([url], origin=self_signed_server, settings=trusting)[url].status == 200

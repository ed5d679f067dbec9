"""Every Scrapy setting that we change, each with its reason, and the order of the components."""

import os
import sys
from pathlib import Path

from scrapy.settings import default_settings

from pipelines.storage.columns import COLUMNS

BOT_NAME = "asiadesk"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"
# To run one command Scrapy imports them all; a crawl would start with what queries and doctors need.
_asked = "".join(sys.argv[1:2])
if _asked.isidentifier() and (Path(__file__).parent / "commands" / f"{_asked}.py").is_file():
    COMMANDS_MODULE += f".{_asked}"

# ---- Our own settings
# Where everything lies: articles/, revisions/, raw/, runs/, state/. A folder, or s3://bucket/prefix.
DATA_DIR = os.environ.get("ASIADESK_DATA_DIR", "data")
# The ledger's database URL or path; None is state/ledger.sqlite in DATA_DIR, which a bucket cannot hold.
LEDGER = os.environ.get("ASIADESK_LEDGER")
# With a bucket for DATA_DIR: what stays on this machine. None: where the ledger's file is, or data/state.
STATE_DIR = os.environ.get("ASIADESK_STATE_DIR")
# The run's id, where a scheduler wants to know it beforehand.
RUN_ID = None
# What the crawl takes for the present (ISO 8601), for simulations; None is the system's clock.
NOW = None
# Keep every page as received; without it only quarantined pages are kept.
RAW_ARCHIVE = True
# How long, and at most how much for each outlet; None is no limit. What quarantine needs is never dropped.
RAW_RETENTION_DAYS = 365
RAW_RETENTION_BYTES = 20 * 1024**3
# With less left on the disk a run ends (exit code 20) while it can still say so.
MIN_FREE_BYTES = 64 * 1024**2
# Look again at stored articles, ever more seldom, for edits and removals.
RECHECK = True
# More words for sections and tags that are of interest, beside those of crawler/asia_terms.py.
ASIA_TERMS: list[str] = []
# Articles published within as many days of each other are compared for near-duplicates; 0 compares none.
NEAR_DUPLICATE_DAYS = 30
# The share of the run's pages that may be quarantined before the run says so (exit code 10).
QUARANTINE_LIMIT = 0.05

# Of noindex, noarchive, noai, none …: pages that declare one of these are not stored. By default all are, and
# their rows' `rights` tell what their users must heed.
RIGHTS_RESPECTED: list[str] = []

# ---- Who we are, and how gently we go
# Outlets must be able to see who asks and where to complain.
USER_AGENT = "asiadesk/0.1 (+https://github.com/asiadesk/asiadesk)"
ROBOTSTXT_OBEY = True
# One request a second or so to one host is what a reader does.
DOWNLOAD_DELAY = 1.0
# By default half of the gaps are shorter than the delay; ours is a floor, as robots.txt's Crawl-delay is.
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS_PER_DOMAIN = 2
# Seconds for which a host is left alone after 429 or 503, where it does not say itself; then twice as long.
BACK_OFF = 10.0
# Whatever a host asks for, a run waits no longer than these seconds: it ends, and a later run comes back.
LONGEST_WAIT = 300.0
# Requests to one outlet in a day (UTC); a run that goes astray must not become the outlet's burden. 0: none.
DAILY_REQUEST_BUDGET = 20_000

# ---- Bounds: a page that breaks one ends in a named state, never in a full memory or an endless wait
DOWNLOAD_MAXSIZE = 4 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30.0
# A timeout is not among them: three of 30 s would hold a run for one link, which the next run asks again.
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.CannotResolveHostError",
    "scrapy.exceptions.DownloadConnectionRefusedError",
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.ResponseDataLossError",
    "twisted.internet.error.ConnectError",
]
# The link's state and the run report say it.
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
REDIRECT_MAX_TIMES = 5
# A head without end escapes DOWNLOAD_MAXSIZE. Browsers take 256 KiB; honest ones have 2.
HEADERS_MAXSIZE = 64 * 1024
# Bytes a second, over eight seconds, below which a body is given up as too slow.
MIN_TRANSFER_RATE = 1024
# Beside them only the origin that the operator names: other ports are other services.
ALLOWED_PORTS = [80, 443]
# Address space: a crawl needs 1,000 on two cores; a core may cost 72 more for threads that hardly use it.
MEMORY_LIMIT_MIB = 2048 + 80 * (os.cpu_count() or 1)
# Scrapy leaves certificates unchecked by default.
DOWNLOAD_VERIFY_CERTIFICATES = True
# TLS 1.0 and 1.1 are broken.
DOWNLOAD_TLS_MIN_VERSION = "TLSv1.2"
# Only the web's own schemes; a link must not reach files, other services or inline data.
DOWNLOAD_HANDLERS = {
    "http": "crawler.download_handlers.OriginDownloadHandler",
    "https": "crawler.download_handlers.OriginDownloadHandler",
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
# The page that led us to an article is nobody's business.
REFERER_ENABLED = False
# Listings and articles need no session, and a cookie would tie our visits together.
COOKIES_ENABLED = False
# Both open a port that runs code.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
# A page must not send us elsewhere by its markup.
METAREFRESH_ENABLED = False
# The proxies of the environment would see every request; an operator who wants one sets it here.
HTTPPROXY_ENABLED = False
# State lives in the ledger alone.
JOBDIR = None
HTTPCACHE_ENABLED = False

# ---- The ledger is our duplicate filter; Scrapy's drops a redirect to a known page without a word.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# First come, first served: channels are asked before the articles that they show.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
# Scrapy's default balances between many hosts; an outlet has one, at most a few.
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"

# ---- Speed
# The default starts 100 tasks for every response; our callbacks yield one article.
CONCURRENT_ITEMS = 1
ASYNCIO_EVENT_LOOP = "uvloop.Loop"
# The check reads a callback's source anew for every response: an eighth of a crawl's work.
WARN_ON_GENERATOR_RETURN_VALUE = False
# A fifth of what Scrapy itself costs a page; the run report counts what it needs.
DOWNLOADER_STATS = False

# ---- Components
# What is switched off above is taken from Scrapy's own lists: named with None it would still be imported,
# and with it aiohttp, a shell server, tldextract and requests: a seventh of a crawl's start.
_NEVER_LOADED = {
    "scrapy.extensions.corestats.CoreStats",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
    # No outlet asks for a password, and DOWNLOAD_TIMEOUT is the handler's business.
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware",
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware",
}
EXTENSIONS_BASE = {
    path: order for path, order in default_settings.EXTENSIONS_BASE.items() if path not in _NEVER_LOADED
}
DOWNLOADER_MIDDLEWARES_BASE = {
    path: order
    for path, order in default_settings.DOWNLOADER_MIDDLEWARES_BASE.items()
    if path not in _NEVER_LOADED
}
EXTENSIONS = {
    "crawler.safety.MemoryLimit": 0,
    "crawler.politeness.Politeness": 0,
    "pipelines.session.StorageSession": 0,
    "crawler.run_report.RunReporter": 10,
    "crawler.progress.Progress": 20,
    # Progress says the same in our words.
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.feedexport.FeedExporter": 0,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.safety.RefuseUnsafe": 20,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "crawler.offsite.OffsiteRefused": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.robots.ObeyRobots": 100,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.decompression.BoundedDecompression": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.redirects.Redirects": 600,
    # Nearer to the network than the redirects, so that each is kept too.
    "crawler.raw_pages.RawPages": 605,
    # Sees an answer before anything can refuse it.
    "crawler.politeness.BackOff": 800,
}
SPIDER_MIDDLEWARES = {
    "crawler.tdm_reservation.HostReservations": 100,
    # Our callbacks read every status themselves: each is some state of the link.
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    # Each of these would pass every article through one more generator, to do nothing for us.
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    # It drops a long address without a word, and its link would have no state; canonical_url has a bound.
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}
# The order in which an article is refined and kept.
ITEM_PIPELINES = {
    "pipelines.normalize.NormalizePipeline": 100,
    "pipelines.rights.RightsPipeline": 150,
    "pipelines.validate.ValidatePipeline": 200,
    "pipelines.same_page.SamePagePipeline": 250,
    "pipelines.deduplicate.DeduplicatePipeline": 300,
    "pipelines.store.StorePipeline": 900,
}

# ---- Scrapy's own feeds (`scrapy crawl sputnik -o some.json`)
# The item holds the page that it came from, too, of which no JSON can be made.
FEED_EXPORT_FIELDS = ",".join(COLUMNS)

# ---- Log
LOG_LEVEL = "INFO"
# The run report has what matters of it.
STATS_DUMP = False
# "Crawled (200)" for every page hides what matters.
LOG_FORMATTER = "crawler.progress.QuietLog"

"""Many crawls of one outlet started at once: one works, the others say who does."""

import socket
import subprocess
import sys
import time

import pytest

from tests.end_to_end.crawling import ROOT


@pytest.mark.parametrize("rivals", [3, pytest.param(200, marks=pytest.mark.chaos)])
def test_of_many_crawls_of_one_outlet_one_works_and_the_others_end_with_75(tmp_path, rivals):
    # A site that says nothing: the crawl that works cannot end before the others have tried.
    with socket.create_server(("127.0.0.1", 0)) as site:
        origin = f"http://127.0.0.1:{site.getsockname()[1]}"
        command = [
            *(sys.executable, "-m", "scrapy", "crawl", "sputnik", "-a", f"origin={origin}", "-L", "ERROR"),
            *("-s", f"DATA_DIR={tmp_path}", "-s", "DOWNLOAD_TIMEOUT=3600", "-s", "RETRY_ENABLED=0"),
        ]
        outputs = [tmp_path / f"output-{n}" for n in range(rivals)]
        crawls = [
            subprocess.Popen(command, cwd=ROOT, stdout=output.open("w"), stderr=subprocess.STDOUT)
            for output in outputs
        ]
        while sum(crawl.poll() is None for crawl in crawls) > 1:
            time.sleep(0.1)
    codes = sorted(crawl.wait() for crawl in crawls)
    # 11: the site hung up on the one that worked.
    assert codes == [11] + [75] * (rivals - 1), [output.read_text() for output in outputs]
    refusals = [o.read_text() for crawl, o in zip(crawls, outputs, strict=True) if crawl.returncode == 75]
    assert all("sputnik is being crawled by run sputnik-" in refusal for refusal in refusals)

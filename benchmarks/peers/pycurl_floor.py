"""The floor: libcurl fetches and decompresses every article, 16 at a time, and forgets it.

pycurl_floor.py ORIGIN ARTICLES.TXT OUT.JSON
"""

import json
import sys
from pathlib import Path

import pycurl


def main(origin, articles, out):
    paths = iter(Path(articles).read_text().splitlines())
    multi = pycurl.CurlMulti()
    fetched = 0

    def forget(data):
        return len(data)

    def ask(handle):
        path = next(paths, None)
        if path is not None:
            handle.setopt(pycurl.URL, origin + path)
            multi.add_handle(handle)

    handles = []  # pycurl itself holds none of them
    for _ in range(16):
        handle = pycurl.Curl()
        handle.setopt(pycurl.ACCEPT_ENCODING, "gzip")
        handle.setopt(pycurl.WRITEFUNCTION, forget)
        handles.append(handle)
        ask(handle)
    running = 1
    while running:
        multi.select(1.0)
        _, running = multi.perform()
        _, done, failed = multi.info_read()
        if failed:
            raise SystemExit(f"failed: {failed[0][1:]}")
        for handle in done:
            fetched += handle.getinfo(pycurl.RESPONSE_CODE) == 200
            multi.remove_handle(handle)
            ask(handle)
            running = 1
    Path(out).write_text(json.dumps({"pages": fetched}))


main(*sys.argv[1:])

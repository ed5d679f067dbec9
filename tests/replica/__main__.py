"""`python -m tests.replica`: serves the imitation of sputnikglobe.com on the local interface."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from tests.replica.server import SITES, Server, make_server
from tests.replica.site import Options


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    arguments = _parser().parse_args()
    server = make_server(
        outlet=arguments.outlet,
        articles=arguments.articles,
        seed=arguments.seed,
        start=arguments.start,
        end=arguments.end,
        running=arguments.running,
        faults=json.loads(arguments.faults),
        options=Options(arguments.padding, arguments.validators, arguments.conditional_listings),
    )
    asyncio.run(_serve(server, arguments.port))


async def _serve(server: Server, port: int) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    listening = await server.listen(port)
    print(f"replica listening on http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", flush=True)
    await stopping.wait()
    listening.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.replica", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--outlet", default="sputnik", choices=sorted(SITES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--articles", type=int, default=200, help="how many appear between --from and --to")
    parser.add_argument("--from", dest="start", metavar="DATE", help="default: 30 days before --to")
    parser.add_argument(
        "--to", dest="end", metavar="DATE", help="where the clock starts; default: two hours ago"
    )
    parser.add_argument("--running", action="store_true", help="the clock runs instead of standing still")
    parser.add_argument("--faults", default="[]", metavar="JSON", help="list of rules, see README.md")
    parser.add_argument(
        "--padding", type=int, default=0, metavar="BYTES", help="scripts in each article page"
    )
    parser.add_argument("--validators", default="both", choices=("both", "etag", "last-modified", "none"))
    parser.add_argument(
        "--conditional-listings", action="store_true", help="ETag on listings and sitemaps too"
    )
    return parser


if __name__ == "__main__":
    main()

"""The replica's own pages: `/__truth`, `/__clock`, `/__faults`, `/__requests`, `/__edit`, `/__remove`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.replica.clock import epoch_of, iso
from tests.replica.faults import Rule
from tests.replica.messages import Request, Response

if TYPE_CHECKING:
    from tests.replica.server import Server


class Control:
    """Answers those pages in JSON; a wrong request gets 400 and the reason."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._pages = {
            "/__truth": self._truth,
            "/__clock": self._clock,
            "/__faults": self._faults,
            "/__requests": self._requests,
            "/__edit": self._edit,
            "/__remove": self._remove,
        }

    def respond(self, request: Request) -> Response:
        """The answer."""
        page = self._pages.get(request.path)
        if page is None:
            return _json({"error": f"no such page: {request.path}"}, 404)
        try:
            return _json(page(request))
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _truth(self, request: Request) -> Any:
        now = request.query.get("now")
        return self._server.site.world_truth(epoch_of(now) if now else self._server.clock.now())

    def _clock(self, request: Request) -> Any:
        if request.method == "POST":
            order = json.loads(request.body)
            if "now" in order:
                self._server.clock.set(epoch_of(order["now"]))
            else:
                self._server.clock.advance(order["advance"])
        return {"now": iso(self._server.clock.now())}

    def _faults(self, request: Request) -> Any:
        if request.method == "POST":
            self._server.faults.replace([Rule.from_json(rule) for rule in json.loads(request.body)])
        return self._server.faults.state()

    def _requests(self, request: Request) -> Any:
        summary = self._server.log.summary()
        if request.method == "POST":
            self._server.log.reset()
        return summary

    def _edit(self, request: Request) -> Any:
        order = json.loads(request.body)
        self._server.site.edit(order["article_id"], order.get("kind", "typo"), self._server.clock.now())
        return {"now": iso(self._server.clock.now())}

    def _remove(self, request: Request) -> Any:
        order = json.loads(request.body)
        status, dangling = order.get("status", 404), order.get("dangling", False)
        now = self._server.clock.now()
        self._server.site.remove(order["article_id"], now, status=status, dangling=dangling)
        return {"now": iso(self._server.clock.now())}


def _json(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, "application/json; charset=utf-8", kind="control")

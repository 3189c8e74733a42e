"""Driving the simulated USSD network over HTTP, beside the gateway's own API.

| Path | Does |
|---|---|
| `POST /sim/ussd/sessions` `{"phone", "dial"?, "network"?}` | a phone dials; answers with its screen |
| `POST /sim/ussd/sessions/{id}/input` `{"text"}` | it types; answers with the next screen |
| `DELETE /sim/ussd/sessions/{id}` | it hangs up |
| `GET /sim/ussd/sessions?phone=`, `GET /sim/ussd/sessions/{id}` | sessions with every callback and what was wrong with it |
| `GET /sim/ussd/stats` | counts and times |
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pp_bots.simulator.africastalking.sessions import UssdRefused
from pp_bots.simulator.africastalking.ussd import UssdNetwork
from pp_bots.simulator.serving import json_object, text_of


def routes(network: UssdNetwork) -> list[Route]:
    """The control API of `network`."""

    async def sessions(request: Request) -> Response:
        if request.method == "GET":
            listed = network.sessions(request.query_params.get("phone"))
            return JSONResponse({"sessions": [each.as_json() for each in listed]})
        body = await json_object(request)
        screen = await network.dial(
            text_of(body, "phone"),
            text_of(body, "dial", default="") or None,
            network=text_of(body, "network", default="") or None,
        )
        return JSONResponse(screen.as_json(), 201)

    async def session(request: Request) -> Response:
        session_id = request.path_params["session"]
        if request.method == "DELETE":
            await network.hang_up(session_id)
        return JSONResponse(network.session(session_id).as_json())

    async def typed(request: Request) -> Response:
        body = await json_object(request)
        screen = await network.answer(request.path_params["session"], text_of(body, "text", blank=True))
        return JSONResponse(screen.as_json())

    async def stats(_: Request) -> Response:
        return JSONResponse(network.stats())

    return [
        Route("/sim/ussd/sessions", sessions, methods=["GET", "POST"]),
        Route("/sim/ussd/sessions/{session}", session, methods=["GET", "DELETE"]),
        Route("/sim/ussd/sessions/{session}/input", typed, methods=["POST"]),
        Route("/sim/ussd/stats", stats, methods=["GET"]),
    ]


async def refused(_: Request, error: Exception) -> Response:
    """Answer what the network refuses."""
    assert isinstance(error, UssdRefused)
    return JSONResponse({"error": str(error)}, error.status)

"""`/sim/...`: what drives the simulator over HTTP, for handsets and tests. Answers are JSON, errors `{"error"}` with 400.

| Path | Does |
|---|---|
| `POST /sim/users` `{"id"?, "first_name", "last_name"?, "username"?, "language_code"?, "phone"?}` | a handset is there |
| `GET /sim/users` | who is there |
| `POST /sim/groups` `{"title", "members": [id], "type"?}` | a group with the bot in it |
| `POST /sim/users/{id}/{act}` | one of `ACTS`: `say`, `start`, `edit`, `press`, `share-contact`, ... |
| `GET /sim/users/{id}/events?after=N&wait=seconds` | what the bot said to this handset, held until there is something |
| `GET /sim/queries/{id}?wait=seconds` | how a pressed button looks, held until it is no longer loading |
| `GET /sim/updates`, `GET /sim/posts`, `GET /sim/calls` | updates, how posting them went, what the bot called |
| `POST /sim/updates/{id}/again` `{"times"?, "after"?}` | an update is delivered once more |
| `GET`, `POST`, `DELETE /sim/faults` | what goes wrong next; see `faults.Fault` |
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pp_bots.simulator.serving import LONGEST_WAIT, BadRequestError, after_of, json_object, number_of
from pp_bots.simulator.telegram import acts, media
from pp_bots.simulator.telegram.faults import Fault
from pp_bots.simulator.telegram.state import Person
from pp_bots.simulator.telegram.world import World

_Model = TypeVar("_Model", bound=BaseModel)

ACTS: dict[str, type[acts.Act]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "-", act.__name__).lower(): act
    for act in (
        acts.Say, acts.Start, acts.Edit, acts.Press, acts.ShareContact, acts.ShareOtherContact, acts.SendLocation,
        acts.MoveLocation, acts.Block, acts.Unblock, media.SendPhoto, media.SendDocument, media.SendVoice,
        media.SendSticker,
    )
}  # fmt: skip
"""What a handset can do, by the last part of the path: `send-photo` for `SendPhoto`."""


class _NewPerson(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: int | None = Field(default=None, gt=0)
    first_name: str = Field(min_length=1, max_length=64)
    last_name: str | None = None
    username: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9_]{3,31}$")
    language_code: str | None = None
    phone: str | None = Field(default=None, pattern=r"^\+[1-9]\d{6,14}$")


class _NewGroup(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=128)
    members: list[int] = Field(min_length=1)
    type: Literal["group", "supergroup"] = "group"


class _Again(BaseModel):
    model_config = ConfigDict(extra="forbid")

    times: int = Field(default=1, ge=1)
    after: float = Field(default=0.0, ge=0)


class Control:
    """The routes of `/sim` over one world."""

    def __init__(self, world: World, closing: asyncio.Event) -> None:
        self._world = world
        self._state = world.state
        self._closing = closing

    def routes(self) -> list[BaseRoute]:
        """List them."""
        return [
            Route("/sim/users", self._users, methods=["GET", "POST"]),
            Route("/sim/groups", self._groups, methods=["POST"]),
            Route("/sim/users/{person:int}/events", self._events, methods=["GET"]),
            Route("/sim/users/{person:int}/{act}", self._act, methods=["POST"]),
            Route("/sim/queries/{query}", self._query, methods=["GET"]),
            Route("/sim/updates", self._updates, methods=["GET"]),
            Route("/sim/updates/{update:int}/again", self._again, methods=["POST"]),
            Route("/sim/posts", self._posts, methods=["GET"]),
            Route("/sim/calls", self._calls, methods=["GET"]),
            Route("/sim/faults", self._faults, methods=["GET", "POST", "DELETE"]),
        ]

    async def _users(self, request: Request) -> Response:
        if request.method == "POST":
            given = (await _model(request, _NewPerson)).model_dump(exclude_unset=True)
            person = self._state.register(self._state.people.get(given.get("id", 0)), **given)
            return JSONResponse(_person(person))
        return JSONResponse({"users": [_person(each) for each in self._state.people.values()]})

    async def _groups(self, request: Request) -> Response:
        given = await _model(request, _NewGroup)
        members = [self._person(each) for each in given.members]
        group = self._state.open_group(given.title, given.type, members)
        update_id = await acts.tell_of_group(self._world, group, members[0])
        return JSONResponse({**group.as_json(), "update_id": update_id})

    async def _act(self, request: Request) -> Response:
        kind = ACTS.get(request.path_params["act"])
        if kind is None:
            raise BadRequestError(f"an act is one of {', '.join(ACTS)}")
        act = await _model(request, kind)
        return JSONResponse(await act.run(self._world, self._person(request.path_params["person"])))

    async def _events(self, request: Request) -> Response:
        person, after = self._person(request.path_params["person"]), after_of(request)
        await self._hold(request, lambda: bool(self._state.events_for(person, after)))
        found = [event.as_json() for event in self._state.events_for(person, after)]
        return JSONResponse({"events": found, "last": len(self._state.events)})

    async def _query(self, request: Request) -> Response:
        query = self._state.queries.get(request.path_params["query"])
        if query is None:
            raise BadRequestError("no button was pressed under this id")
        await self._hold(request, lambda: query.state != "loading")
        return JSONResponse(query.as_json())

    async def _hold(self, request: Request, ready: Callable[[], bool]) -> None:
        wait = number_of(request.query_params.get("wait", "0"), "wait")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(wait, LONGEST_WAIT)), self._state.changed:
                await self._state.changed.wait_for(lambda: self._closing.is_set() or ready())

    async def _updates(self, _: Request) -> Response:
        return JSONResponse({"updates": [each.as_json() for each in self._world.updates.all.values()]})

    async def _again(self, request: Request) -> Response:
        update = self._world.updates.all.get(request.path_params["update"])
        if update is None:
            raise BadRequestError("there is no such update")
        given = await _model(request, _Again)
        await self._world.again(update, times=given.times, after=given.after)
        return JSONResponse(update.as_json())

    async def _posts(self, _: Request) -> Response:
        return JSONResponse({"posts": list(self._world.courier.posts)})

    async def _calls(self, _: Request) -> Response:
        return JSONResponse({"calls": list(self._state.calls)})

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.faults.clear()
            await self._world.updates.release()
        elif request.method == "POST":
            self._world.faults.add(await _model(request, Fault))
        return JSONResponse({"faults": self._world.faults.as_json()})

    def _person(self, person_id: int) -> Person:
        person = self._state.people.get(person_id)
        if person is None:
            raise BadRequestError(f"there is no handset {person_id}")
        return person


def _person(person: Person) -> dict[str, Any]:
    return {**person.as_json(), "phone": person.phone}


async def _model(request: Request, kind: type[_Model]) -> _Model:
    try:
        return kind.model_validate(await json_object(request))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadRequestError(f"{where}: {first['msg']}" if where else first["msg"]) from None

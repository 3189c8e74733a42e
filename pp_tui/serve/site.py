"""The application that browsers speak to: signing in, choosing a gym, the screen and its socket."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs, quote

from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from pp_core.client.signing_in import Reached
from pp_core.identity.operations import SignedIn, SignIn
from pp_core.kernel import locale
from pp_core.kernel.errors import Kind, Problem, SessionEnded
from pp_core.kernel.logging import logger

from . import guard, pages
from .attempts import Attempts
from .guard import Address, Guard
from .logins import Login, Logins
from .screens import Ending, Screen, cells

_log = logger(__name__)

DEVICE = "screen in a browser"
LARGEST_FORM = 8 * 1024
MOST_FIELDS = 10
LONGEST_SWEEP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How screens are served. `command` starts one; `idle_seconds` without a key or a page end a login.

    A screen locks itself after `lock_minutes`; 0: never. `language` is for browsers that name none of ours.
    """

    command: Sequence[str]
    most_screens: int = 20
    idle_seconds: float = 12 * 3600.0
    address: Address = field(default_factory=Address)
    language: str = "en"
    lock_minutes: float = 5.0


def create(plan: Plan, core: Reached, now: Callable[[], float] = time.monotonic) -> Starlette:
    """The application; `now` is a clock in seconds."""
    logins = Logins(core, plan.idle_seconds, plan.lock_minutes * 60.0, now)
    site = Site(plan, core, logins, Attempts(now))
    app = Starlette(
        routes=[
            Route("/", site.screen),
            Route("/sign-in", site.sign_in_form),
            Route("/sign-in", site.sign_in, methods=["POST"]),
            Route("/gym", site.gym_form),
            Route("/gym", site.choose_gym, methods=["POST"]),
            Route("/sign-out", site.sign_out, methods=["POST"]),
            Route("/download/{key}", site.download),
            WebSocketRoute("/socket/{look}", site.socket),
            Mount("/static/textual", _Files(packages=[("textual_serve", "static")])),
            Mount("/static", _Files(packages=[("pp_tui.serve", "static")])),
        ],
        middleware=[
            Middleware(Guard, logins=logins, address=plan.address, foreign=site.foreign, misnamed=site.misnamed)
        ],
        exception_handlers={HTTPException: site.refused, Exception: site.broken},
        lifespan=partial(_lifespan, logins, plan.idle_seconds),
    )
    app.router.redirect_slashes = False  # to an address made of whatever Host says
    app.state.logins = logins
    return app


@asynccontextmanager
async def _lifespan(logins: Logins, idle_seconds: float, _app: Starlette) -> AsyncIterator[None]:
    async def sweep() -> None:
        while True:
            await asyncio.sleep(min(LONGEST_SWEEP_SECONDS, idle_seconds / 4))
            logins.sweep()

    sweeping = asyncio.create_task(sweep())
    try:
        yield
    finally:
        sweeping.cancel()
        await logins.end_all()


class _Files(StaticFiles):
    """Files that a browser asks after each time; only a changed one is sent again."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, not to be used unasked."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["cache-control"] = "no-cache"
        return answer


class Site:
    """The pages and the socket."""

    def __init__(self, plan: Plan, core: Reached, logins: Logins, attempts: Attempts) -> None:
        self._plan = plan
        self._core = core
        self._logins = logins
        self._attempts = attempts
        self._open = 0
        self._processes = asyncio.Semaphore(plan.most_screens)

    async def sign_in_form(self, request: Request) -> Response:
        """The form; the screen for somebody who is signed in."""
        if guard.login_of(request) is not None:
            return _to("/")
        return pages.page("sign_in", self._language(request), error=None, identifier="")

    async def sign_in(self, request: Request) -> Response:
        """Sign in with what was filled in; whoever was signed in with this browser is signed out."""
        language = self._language(request)
        fields = await _fields(request)
        identifier = fields.get("identifier", "").strip()
        refused = partial(pages.page, "sign_in", language, identifier=identifier)
        try:
            asked = SignIn(identifier=identifier, password=SecretStr(fields.get("password", "")), device=DEVICE)
            if not fields.get("password"):
                raise ValueError("no password")
        except (ValidationError, ValueError):
            return refused(status=422, error=locale.text("serve.both_needed", language))
        try:
            signed_in = await self._proved(request, asked)
        except Problem as problem:
            told = refused(status=pages.status_of(problem), error=pages.worded(problem, language))
            if problem.kind is Kind.LIMITED:
                told.headers["retry-after"] = str(problem.data.get("retry_after", 1))
            return told
        if (before := guard.login_of(request)) is not None:
            self._logins.end(before)
        login = self._logins.begin(identifier, language, signed_in)
        if signed_in.gym is None and not signed_in.gyms:
            self._logins.end(login)
            return refused(status=403, error=locale.text("serve.no_gym", language))
        answer = _to("/" if signed_in.gym is not None else "/gym")
        guard.give_cookie(answer, request, self._plan.address, login)
        return answer

    async def gym_form(self, request: Request) -> Response:
        """Ask in which of the login's gyms the screen is to work."""
        login = _signed_in(request)
        if login.signed_in.gym is not None:
            return _to("/")
        return pages.page("gym", login.language, error=None, gyms=login.signed_in.gyms)

    async def choose_gym(self, request: Request) -> Response:
        """Work in the gym that was chosen."""
        login = _signed_in(request)
        chosen = (await _fields(request)).get("gym", "")
        if login.signed_in.gym is None and any(gym.slug == chosen for gym in login.signed_in.gyms):
            try:
                await login.renewed(login.signed_in.access_token, chosen)
            except SessionEnded:
                return self._ended(request, login)
            except Problem as problem:
                error = pages.worded(problem, login.language)
                return pages.page(
                    "gym", login.language, pages.status_of(problem), error=error, gyms=login.signed_in.gyms
                )
        return _to("/")

    async def sign_out(self, request: Request) -> Response:
        """End the login with all its screens."""
        return self._ended(request, _signed_in(request))

    async def screen(self, request: Request) -> Response:
        """The page that opens the screen."""
        login = _signed_in(request)
        gym = login.signed_in.gym
        if gym is None:
            return _to("/gym")
        if request.url.query:
            return _to("/")  # textual.js would take instructions from there
        if self._open >= self._plan.most_screens and not login.screens:
            return self._says(login.language, 503, "serve.ended.all_in_use")
        return pages.screen(login.language)

    async def socket(self, websocket: WebSocket) -> None:
        """Start a screen and show it there."""
        login = _signed_in(websocket)
        await websocket.accept()
        if self._open >= self._plan.most_screens:
            await websocket.close(Ending.ALL_IN_USE)
            return
        screen = Screen(self._plan.command, login, self._logins, websocket, self._plan.lock_minutes)
        look = "light" if websocket.path_params["look"] == "light" else "dark"
        self._open += 1
        async with AsyncExitStack() as ending:
            try:
                signed_in = await self._fresh(websocket, login)
                if signed_in is not None:
                    await ending.enter_async_context(self._processes)
                    ending.push_async_callback(screen.stop)
                    await screen.show(signed_in, look, _size(websocket, "width", 80), _size(websocket, "height", 24))
            finally:
                self._open -= 1  # before it has ended, so that a page loaded anew finds its own place free

    async def download(self, request: Request) -> Response:
        """A file that one of the login's own screens gives away."""
        login = _signed_in(request)
        key = str(request.path_params["key"])
        try:
            told = await login.downloads.get_download_metadata(key)
        except KeyError:
            raise HTTPException(404) from None
        return StreamingResponse(
            login.downloads.download(key),
            media_type="application/octet-stream",
            headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(told.file_name, safe='')}"},
        )

    async def misnamed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request by a name that we do not know as ours."""
        await self._says(self._language(Request(scope)), 421, "serve.misnamed")(scope, receive, send)

    async def foreign(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what a page of another site sent."""
        request = Request(scope, receive)
        _log.warning("a request of another site was refused", origin=request.headers.get("origin", "")[:200])
        await self._says(self._language(request), 403, "serve.foreign")(scope, receive, send)

    async def refused(self, request: Request, error: Exception) -> Response:
        """What HTTP itself refuses."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        key = "serve.nothing_here" if status in (404, 405) else "serve.failed"
        return self._says(self._language(request), status, key)

    async def broken(self, request: Request, error: Exception) -> Response:
        """What nobody foresaw; it is in the log."""
        return self._says(self._language(request), 500, "serve.failed")

    async def _proved(self, request: Request, asked: SignIn) -> SignedIn:
        """Sign in at the core; `TooManyRequests` for an address that was wrong too often."""
        caller = self._plan.address.caller(request)
        self._attempts.begin(caller)
        try:
            signed_in = await self._core.nobody.run(asked)
        except Problem as problem:
            if problem.kind is Kind.UNAVAILABLE:
                self._attempts.forgive(caller)
            raise
        self._attempts.forgive(caller)
        return signed_in

    async def _fresh(self, websocket: WebSocket, login: Login) -> SignedIn | None:
        """The session for a screen to begin with; None when there is none, which the browser has been told."""
        try:
            signed_in = await login.fresh()
        except SessionEnded:
            self._logins.end(login)
            await websocket.close(Ending.SIGNED_OUT)
            return None
        except Problem:
            await websocket.close(Ending.UNREACHABLE)
            return None
        if signed_in.gym is None:
            await websocket.close(Ending.SIGNED_OUT)
            return None
        return signed_in

    def _ended(self, request: Request, login: Login) -> Response:
        self._logins.end(login)
        answer = _to(f"/sign-in?lang={login.language}")
        guard.take_cookie(answer, request, self._plan.address)
        return answer

    def _says(self, language: str, status: int, key: str) -> Response:
        return pages.page("says", language, status, sentence=locale.text(key, language, most=self._plan.most_screens))

    def _language(self, request: Request) -> str:
        login = guard.login_of(request)
        return pages.language_of(request, self._plan.language) if login is None else login.language


def _signed_in(connection: Request | WebSocket) -> Login:
    """Whose request it is; the guard lets no other pass to what is not public."""
    login = guard.login_of(connection)
    assert login is not None
    return login


def _to(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


def _size(websocket: WebSocket, name: str, otherwise: int) -> int:
    given = websocket.query_params.get(name, "")
    return cells(int(given[:9])) if given.isascii() and given.isdigit() else otherwise


async def _fields(request: Request) -> dict[str, str]:
    """The form that was sent: the first value of each field. 413 for one that is no form of ours."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_FORM:
                raise HTTPException(413)
    except ClientDisconnect:
        raise HTTPException(400) from None
    try:
        read = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    return {name: values[0] for name, values in read.items()}

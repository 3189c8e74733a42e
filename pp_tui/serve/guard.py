"""What stands before every page and socket: who may pass, from which address, and what browsers are told to keep to."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .logins import Login, Logins

PUBLIC = ("/sign-in", "/static/")
"""What somebody who has not signed in sees: the form, and files that show nothing of a gym."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; font-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "sandbox allow-scripts allow-same-origin allow-forms allow-downloads"
)
"""Nothing is loaded from elsewhere and no window is opened, whatever somebody managed to put on the screen."""
PAGE_POLICY = POLICY.format(styles="")
SCREEN_POLICY = POLICY.format(styles=" 'unsafe-inline'")
"""xterm.js writes its style sheets itself, from the sizes it measures."""
_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: with that, browsers send `Origin: null` with our own form, which is what is checked here.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
_READING = ("GET", "HEAD")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """How browsers reach us: at `url` where it is known, else by the address of this machine, or its name `host`.

    Another name than those is not believed without a proxy: its owner may have made it lead here, to speak to us with the
    browser of somebody who can. With a `url`, a proxy on this machine is trusted as the `trusted_proxies` are.
    """

    url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    host: str = "localhost"

    def secure(self, connection: HTTPConnection) -> bool:
        """Whether the browser's own connection is TLS."""
        if self.url is not None:
            return self.url.startswith("https:")
        if connection.url.scheme in ("https", "wss"):
            return True
        return (
            self._trusts(_peer(connection))
            and connection.headers.get("x-forwarded-proto", "").strip().lower() == "https"
        )

    def caller(self, connection: HTTPConnection) -> str:
        """Whose browser it is: the address of the peer, or the one that the outermost trusted proxy saw."""
        caller = _peer(connection)
        for hop in reversed(connection.headers.get("x-forwarded-for", "").split(",")):
            if not (self._trusts(caller) and _is_address(hop.strip())):
                break
            caller = hop.strip()
        return caller

    def is_named(self, connection: HTTPConnection) -> bool:
        """Whether the browser was led here by a name of ours."""
        if self.url is not None or self._trusts(_peer(connection)):
            return True
        try:
            name = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
        except ValueError:
            return False
        return name in ("", "localhost", self.host.lower()) or _is_address(name)

    def is_own(self, connection: HTTPConnection) -> bool:
        """Whether the request was made by a page of ours: its Origin is the address that we are reached at."""
        own = self.url or f"{'https' if self.secure(connection) else 'http'}://{connection.headers.get('host', '')}"
        return connection.headers.get("origin", "").lower() == own.lower()

    def cookie(self, connection: HTTPConnection) -> str:
        """The name of the cookie. With TLS browsers hold `__Host-` to it: from this host, for all of it, only with TLS."""
        return "__Host-pp_screen" if self.secure(connection) else "pp_screen"

    def _trusts(self, peer: str) -> bool:
        if not _is_address(peer):
            return False
        at = ip_address(peer)
        return (self.url is not None and at.is_loopback) or any(
            at in ip_network(proxy, strict=False) for proxy in self.trusted_proxies
        )


def origin_of(url: str) -> str | None:
    """The origin as browsers write it, of an address that is nothing more; None for any other."""
    try:
        at = urlsplit(url.strip())
        port = at.port
    except ValueError:
        return None
    more = at.path not in ("", "/") or at.query or at.fragment or at.username or at.password
    if at.scheme not in _PORTS or not at.hostname or more:
        return None
    name = f"[{at.hostname}]" if ":" in at.hostname else at.hostname
    return f"{at.scheme}://{name}" if port in (None, _PORTS[at.scheme]) else f"{at.scheme}://{name}:{port}"


def _peer(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client is not None else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Guard:
    """Lets nobody pass who has not signed in, except to what is public; refuses what another site's page sends."""

    def __init__(self, app: ASGIApp, *, logins: Logins, address: Address, foreign: ASGIApp, misnamed: ASGIApp) -> None:
        self._app = app
        self._logins = logins
        self._address = address
        self._foreign = foreign
        self._misnamed = misnamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the login is at `scope["state"]["login"]`, None where the path is public."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        login = self._logins.find(connection.cookies.get(self._address.cookie(connection)))
        scope.setdefault("state", {})["login"] = login
        if scope["type"] == "websocket":
            if login is None or not (self._address.is_named(connection) and self._address.is_own(connection)):
                await send({"type": "websocket.close"})  # before it is accepted: 403
            else:
                await self._app(scope, receive, send)
            return
        await self._chosen(connection, login)(scope, receive, _marked(send))

    def _chosen(self, connection: HTTPConnection, login: Login | None) -> ASGIApp:
        if not self._address.is_named(connection):
            return self._misnamed
        if connection.scope["method"] not in _READING and not self._address.is_own(connection):
            return self._foreign
        if login is None and not connection.url.path.startswith(PUBLIC):
            return RedirectResponse("/sign-in", status_code=303)
        return self._app


def _marked(send: Send) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return marked


def login_of(connection: HTTPConnection) -> Login | None:
    """Who made the request."""
    login: Login | None = connection.scope["state"]["login"]
    return login


def give_cookie(response: Response, connection: HTTPConnection, address: Address, login: Login) -> None:
    """Let the browser hold this login's id until it is closed."""
    response.set_cookie(
        address.cookie(connection),
        login.id,
        path="/",
        secure=address.secure(connection),
        httponly=True,
        samesite="strict",
    )


def take_cookie(response: Response, connection: HTTPConnection, address: Address) -> None:
    """Have the browser forget the id."""
    response.delete_cookie(
        address.cookie(connection), path="/", secure=address.secure(connection), httponly=True, samesite="strict"
    )

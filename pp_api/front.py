"""What stands in front of every route: who calls, from where, in which language, and the request's body."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import Receive, Scope

from pp_core.kernel.call import Anonymous, BearerToken, Call, Credentials
from pp_core.kernel.errors import Invalid
from pp_core.kernel.ids import new_id
from pp_core.kernel.policy import Door
from pp_core.kernel.settings import Settings

from .errors import BodyTooLarge

LARGEST_BODY = 1024 * 1024
LONGEST_KEY = 200

_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{8,80}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
HEADERS = "pp.headers"
CORRELATION_ID = "pp.correlation_id"
OPERATION = "pp.operation"
ROUTE = "pp.route"


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """The request's headers, lower case; the last of those that came twice."""
    headers: dict[bytes, bytes] | None = scope.get(HEADERS)
    if headers is None:
        headers = scope[HEADERS] = dict(scope["headers"])
    return headers


def correlation_id_of(scope: Scope) -> str:
    """The request's id: the caller's X-Request-Id when it is sane, else a new one."""
    known: str | None = scope.get(CORRELATION_ID)
    if known is None:
        given = headers_of(scope).get(b"x-request-id", b"")
        known = given.decode() if _SANE_ID.fullmatch(given) else new_id().hex
        scope[CORRELATION_ID] = known
    return known


def language_of(scope: Scope) -> str:
    """`sw` when Accept-Language prefers it to English, else `en`."""
    accepted = headers_of(scope).get(b"accept-language")
    if accepted is None:
        return "en"
    best, chosen = 0.0, "en"
    for part in accepted.decode("latin-1").split(","):
        tag, _, rest = part.strip().partition(";")
        language = tag.partition("-")[0].strip().lower()
        if language in ("en", "sw"):
            weight = _weight(rest)
            if weight > best:
                best, chosen = weight, language
    return chosen


def _weight(rest: str) -> float:
    name, _, value = rest.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, float(value)) if float(value) > 0 else 0.0
    except ValueError:
        return 0.0


class Front:
    """Makes a `Call` of a request; knows which proxies to believe and under which domain gyms have their names."""

    def __init__(self, settings: Settings) -> None:
        self._domain = settings.base_domain.lower() if settings.base_domain else None
        self._proxies: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(proxy, strict=False) for proxy in settings.trusted_proxies
        )

    def call(self, scope: Scope, door: Door = Door.REST) -> Call:
        """The call that this request makes; `Invalid` for an idempotency key that is none."""
        headers = headers_of(scope)
        return Call(
            door=door,
            credentials=_credentials(headers),
            idempotency_key=_key(headers),
            correlation_id=correlation_id_of(scope),
            ip=self.ip(scope),
            language=language_of(scope),
            gym_host=self._gym(headers) if self._domain is not None else None,
        )

    def ip(self, scope: Scope) -> str | None:
        """The caller's address: the peer's, or what the outermost trusted proxy saw."""
        client = scope.get("client")
        peer: str | None = client[0] if client else None
        if peer is None or not self._trusted(peer):
            return peer
        forwarded = headers_of(scope).get(b"x-forwarded-for", b"").decode("latin-1")
        for hop in reversed([hop.strip() for hop in forwarded.split(",") if hop.strip()]):
            if not _is_address(hop):
                return peer
            peer = hop
            if not self._trusted(hop):
                break
        return peer

    def secure(self, scope: Scope) -> bool:
        """Whether the caller's own connection is TLS."""
        if scope.get("scheme") == "https":
            return True
        client = scope.get("client")
        if not client or not self._trusted(client[0]):
            return False
        return headers_of(scope).get(b"x-forwarded-proto", b"").strip().lower() == b"https"

    def _trusted(self, address: str) -> bool:
        return bool(self._proxies) and _is_address(address) and any(ip_address(address) in net for net in self._proxies)

    def _gym(self, headers: Mapping[bytes, bytes]) -> str | None:
        host = headers.get(b"host", b"").decode("latin-1").partition(":")[0].lower().rstrip(".")
        slug, dot, rest = host.partition(".")
        return slug if dot and rest == self._domain and _SLUG.fullmatch(slug) else None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _credentials(headers: Mapping[bytes, bytes]) -> Credentials:
    given = headers.get(b"authorization")
    if given is None:
        return Anonymous()
    scheme, _, token = given.decode("latin-1").partition(" ")
    return BearerToken(token.strip()) if scheme.lower() == "bearer" and token.strip() else Anonymous()


def _key(headers: Mapping[bytes, bytes]) -> str | None:
    given = headers.get(b"idempotency-key")
    if given is None:
        return None
    key = given.decode("latin-1").strip()
    if not key or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        problem = f"1 to {LONGEST_KEY} printable ASCII characters"
        raise Invalid(fields=[{"field": "Idempotency-Key", "problem": problem}], summary=f"Idempotency-Key: {problem}")
    return key


async def read_body(scope: Scope, receive: Receive, limit: int = LARGEST_BODY) -> bytes:
    """The whole body; `BodyTooLarge` before more than `limit` bytes are held."""
    declared = headers_of(scope).get(b"content-length", b"")
    if declared.isdigit() and int(declared[:20]) > limit:
        raise BodyTooLarge(limit=limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > limit:
            raise BodyTooLarge(limit=limit)
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        if size > limit:
            raise BodyTooLarge(limit=limit)
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > limit:
        raise BodyTooLarge(limit=limit)
    return b"".join(parts)

"""Secrets: passwords in threads, tokens, one-time codes and digests of them."""

import asyncio
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from .clock import Clock, SystemClock
from .errors import NotSignedIn

ISSUER = "progress-pulse"
KEPT_TOKENS = 2000
LEEWAY = 10
"""Seconds by which the clocks of two servers may differ."""


class _OldBcrypt(BcryptHasher):
    """bcrypt as it made the hashes we take over: it looked at 72 bytes and ignored the rest, where it now refuses."""

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        given = password.encode() if isinstance(password, str) else password
        return super().verify(given[:72], hash)


class ThreadedHasher:
    """Argon2id with OWASP's figures (t=2, 19 MiB, p=1; Password Storage Cheat Sheet), older bcrypt accepted and upgraded.

    Hashing takes tens of milliseconds and releases the interpreter lock, so it runs in threads of its own.
    """

    def __init__(self, threads: int = 2) -> None:
        self._hashes = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1), _OldBcrypt()))
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """An Argon2id hash in PHC form."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hashes.hash, password)

    async def verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Whether it matches, and a new hash when the stored one is older; an unknown login (None) costs the same time."""
        if hashed is None:
            if self._decoy is None:
                self._decoy = await self.hash(secrets.token_hex(16))
            await asyncio.get_running_loop().run_in_executor(
                self._pool, self._hashes.verify_and_update, password, self._decoy
            )
            return False, None
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, self._hashes.verify_and_update, password, hashed
        )


class HmacTokens:
    """JSON Web Tokens (RFC 7519) signed with HMAC-SHA256 under the installation's secret key."""

    def __init__(self, secret: str, clock: Clock | None = None) -> None:
        self._key = hashlib.sha256(b"access-token:" + secret.encode()).digest()
        self._clock = clock or SystemClock()
        self._verified: dict[str, dict[str, Any]] = {}

    def issue(self, claims: dict[str, Any]) -> str:
        """A signed token holding `claims`, which must include `exp`."""
        return jwt.encode({"iss": ISSUER, **claims}, self._key, algorithm="HS256")

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a valid token with ten seconds of leeway; `NotSignedIn` otherwise."""
        claims = self._verified.get(token)
        if claims is None:
            claims = self._verify(token)
            # A signature does not change, and pyjwt looks at each character of it in Python: a tenth of a request.
            if len(self._verified) >= KEPT_TOKENS:
                self._verified.clear()
            self._verified[token] = claims
        if claims["exp"] + LEEWAY <= self._clock.now().timestamp():  # by our clock, which pyjwt does not ask
            raise NotSignedIn
        return claims

    def _verify(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "sid"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, ValueError, UnicodeError) as error:
            raise NotSignedIn from error


def new_token(prefix: str) -> str:
    """An unguessable token of 256 bits with a telling prefix, such as `ppr_` for refresh tokens."""
    return prefix + secrets.token_urlsafe(32)


def new_code(digits: int = 6) -> str:
    """A one-time code of so many decimal digits."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def digest(value: str) -> str:
    """SHA-256 in hex: how long random tokens are stored."""
    return hashlib.sha256(value.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())

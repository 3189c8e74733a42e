"""Rate limits by actor, in memory or in Redis when several processes share them."""

import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from pydantic import SecretStr

from pp_core.kernel.call import Call, RateState
from pp_core.kernel.context import Actor, ActorKind
from pp_core.kernel.crypto import digest
from pp_core.kernel.errors import TooManyRequests
from pp_core.kernel.phone import e164
from pp_core.kernel.policy import Rate
from pp_core.kernel.settings import Settings
from pp_core.kernel.watching import Request

_EXEMPT = (ActorKind.SYSTEM, ActorKind.OPERATOR)


def _account(identifier: str) -> str:
    """One account whatever its spelling: `0711 000 001` and `+254711000001` share a limit."""
    try:
        return e164(identifier)
    except ValueError:
        return identifier.strip().lower()


def _seconds_until(moment: float, *, least: int = 1) -> int:
    return max(least, int(moment - time.time() + 0.999))


class Limiter:
    """Charges each request to its policy's named limit.

    A sliding window counter: constant memory for each actor, at most a few percent off an exact log of requests.
    """

    def __init__(self, settings: Settings) -> None:
        shared = settings.redis_url
        storage = RedisStorage(f"async+{shared}", implementation="redispy") if shared else MemoryStorage()
        self._window = SlidingWindowCounterRateLimiter(storage)
        self._items = {
            rate: RateLimitItemPerSecond(count, seconds, namespace=f"pp-{rate.value}")
            for rate, (count, seconds) in settings.rates.items()
        }
        self._address = RateLimitItemPerSecond(*settings.auth_address_ceiling, namespace="pp-auth-address")

    async def charge(self, op: Request, call: Call, actor: Actor) -> None:
        """Charge one request and note what is left on `call`; `TooManyRequests` with `retry_after` when nothing is.

        The auth limit counts per account tried (the operation's `identifier`), and per address with a high ceiling: a whole
        gym sits behind one. A tracker's address counts by its token.
        """
        rate = op.policy.rate
        if rate is Rate.TRACKER:
            token: SecretStr | None = getattr(op, "token", None)
            assert token is not None, "only what comes by a tracker's token has this limit"
            await self._charge_tracker(digest(token.get_secret_value()), call)
            return
        if rate is Rate.INTERNAL or actor.kind in _EXEMPT or (actor.kind is ActorKind.PHONE and rate is Rate.STANDARD):
            return
        if rate is Rate.AUTH:
            await self._hit(self._address, f"address:{call.ip}", rate, call)
            account = getattr(op, "identifier", None)
            if account is None:
                return
            await self._hit(self._items[rate], f"{op.policy.name}:{_account(str(account))}", rate, call)
            return
        await self._hit(self._items[rate], actor.label, rate, call)

    async def missed(self, token: str, call: Call) -> None:
        """Count against the caller's address that a tracker's `token` was wrong."""
        # Only right tokens are remembered: guesses would fill the memory, and be let in the second time.
        await self._window.clear(self._items[Rate.TRACKER], digest(token))
        await self._window.hit(self._address, f"tracker:{call.ip}")

    async def _charge_tracker(self, token: str, call: Call) -> None:
        """Charge a tracker by its token alone, for thousands of phones share a network's address.

        Where too many wrong ones came from there, one that was not right lately is not even looked up.
        """
        item, address = self._items[Rate.TRACKER], f"tracker:{call.ip}"
        known = (await self._window.get_window_stats(item, token)).remaining < item.amount
        if not known and not await self._window.test(self._address, address):
            left = await self._window.get_window_stats(self._address, address)
            raise TooManyRequests(policy=Rate.TRACKER.value, retry_after=_seconds_until(left.reset_time))
        await self._hit(item, token, Rate.TRACKER, call)

    async def _hit(self, item: RateLimitItemPerSecond, who: str, rate: Rate, call: Call) -> None:
        allowed = await self._window.hit(item, who)
        left = await self._window.get_window_stats(item, who)
        reset = _seconds_until(left.reset_time, least=0)
        call.rate = RateState(limit=item.amount, remaining=max(0, int(left.remaining)), reset=reset)
        if not allowed:
            raise TooManyRequests(policy=rate.value, retry_after=max(1, reset))

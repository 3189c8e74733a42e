"""Wrong sign-ins, counted by who makes them.

The core counts them by account, and by address with a ceiling that its callers share: to it we are one address with everybody who
signs in here, and with every screen that exchanges its token. So one stranger who guesses must not use that up for all.
"""

import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from pp_core.kernel.errors import TooManyRequests
from pp_core.kernel.settings import AUTH_ADDRESS_CEILING

SECONDS = AUTH_ADDRESS_CEILING[1]
MOST_OF_ONE = 30
"""Wrong sign-ins by one address. A gym's machines may share one, and whoever is right is not counted."""
MOST_OF_ALL = AUTH_ADDRESS_CEILING[0] * 2 // 3
"""The rest of what the core lets us ask is for screens that go on."""


class Attempts:
    """What each address got wrong in the last `SECONDS`. `now` is a clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._of: dict[str, deque[float]] = {}

    def begin(self, address: str) -> None:
        """Count an attempt as wrong until `forgive`; `TooManyRequests` when there were too many already."""
        now = self._now()
        for known in list(self._of):
            self._forget(known, now)
        mine = self._of.get(who := _network(address), deque())
        everybodys = sum(map(len, self._of.values()))
        if len(mine) >= MOST_OF_ONE or everybodys >= MOST_OF_ALL:
            oldest = mine[0] if len(mine) >= MOST_OF_ONE else min(times[0] for times in self._of.values())
            raise TooManyRequests(policy="auth", retry_after=max(1, int(oldest + SECONDS - now + 0.999)))
        self._of.setdefault(who, mine).append(now)

    def forgive(self, address: str) -> None:
        """The latest attempt was right, or was never looked at."""
        if mine := self._of.get(_network(address)):
            mine.pop()

    def _forget(self, known: str, now: float) -> None:
        times = self._of[known]
        while times and times[0] <= now - SECONDS:
            times.popleft()
        if not times:
            del self._of[known]


def _network(address: str) -> str:
    """An address, or the network of an IPv6 one: whoever has one of those has all of them."""
    try:
        at = ip_address(address)
    except ValueError:
        return address
    if not isinstance(at, IPv6Address):
        return address
    return str(at.ipv4_mapped or int(at) >> 64)

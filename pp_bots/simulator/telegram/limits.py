"""Flood limits: how much a bot may say to one chat, to a group and in all before it is told to wait."""

import math
import time
from dataclasses import dataclass

from pp_bots.simulator.telegram.parameters import ApiError
from pp_bots.simulator.telegram.state import Chat, SimulatorSettings


@dataclass(slots=True)
class _Bucket:
    rate: float
    size: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until there is one to take."""
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate


class Limits:
    """Counts messages; what is refused is not counted."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._buckets: dict[int | None, _Bucket] = {}

    def spend(self, chat: Chat) -> None:
        """Count one message to `chat`; raises ApiError 429 naming the whole seconds to wait."""
        if not self._settings.limits:
            return
        now = time.monotonic()
        chosen = self._settings
        rate, size = chosen.chat_rate, float(chosen.chat_burst)
        if not chat.private:
            rate, size = chosen.group_rate, chosen.group_rate * 60
        buckets = [
            self._bucket(chat.id, rate, size, now),
            self._bucket(None, chosen.overall_rate, chosen.overall_rate, now),
        ]
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait:
            seconds = math.ceil(wait)
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        for bucket in buckets:
            bucket.level -= 1

    def _bucket(self, key: int | None, rate: float, size: float, now: float) -> _Bucket:
        return self._buckets.setdefault(key, _Bucket(rate, size, size, now))

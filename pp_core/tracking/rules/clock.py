"""How far a device's clock is from ours, guessed from when its messages arrive."""

from collections import deque
from typing import Final

TOLERANCE_MS: Final = 5 * 60_000
"""A clock this far off is corrected. Further ahead its points are refused; further behind they are points that waited."""
NEGLIGIBLE_MS: Final = 2_000
"""Less than this is the network's delay."""
STEADY_MS: Final = 3_000
STEADY_FOR_MS: Final = 60_000
"""A slow clock is behind by the same all the time. A queue that empties is not: each message is less behind than the last."""
_EVERY_MS: Final = 5_000
MEMORY_MS: Final = 5 * 60_000
"""A clock may be set: what was seen longer ago says nothing of it now."""


class ShiftEstimate:
    """The estimate for one device: it learns from each message and answers what its clock is ahead of ours.

    A message arrives later than it was sent, never earlier, so device minus server is the clock's shift less the delay: the
    greatest of recent differences is nearest to the truth (Cristian 1989, Distributed Computing 3). One outlier does not count,
    once there are three. A clock ahead shows at once, because no delay makes a message early. A clock behind looks like a point
    that waited in the device's queue, so that is believed only after it has been the same for a while, and never of a
    device that was seen to be on time within the last minutes.
    """

    __slots__ = ("_seen", "_shift")

    def __init__(self, shift_ms: int = 0) -> None:
        """Begins with what was known of the device, for one that comes back."""
        self._shift = shift_ms
        self._seen: deque[tuple[int, int]] = deque()

    @property
    def shift_ms(self) -> int:
        """Device minus server in milliseconds, 0 while nothing notable is known; within `TOLERANCE_MS`."""
        return self._shift

    def observe(self, device_ms: int, server_ms: int) -> int:
        """Learns from a message: the newest moment in it by the device's clock, and when it arrived. Answers the shift.

        Of a batch only its newest point says something of the clock; better is when the message was sent, where that is told.
        """
        ahead = device_ms - server_ms
        if abs(ahead) > TOLERANCE_MS:
            return self._shift
        # Many messages within moments are one batch cut up. Only the best of them says something of the clock.
        if self._seen and server_ms - self._seen[-1][0] < _EVERY_MS:
            begun, best = self._seen[-1]
            self._seen[-1] = begun, max(best, ahead)
        else:
            self._seen.append((server_ms, ahead))
        while server_ms - self._seen[0][0] > MEMORY_MS:
            self._seen.popleft()
        estimate = self._estimate()
        if estimate is not None and (abs(estimate - self._shift) > NEGLIGIBLE_MS or estimate == 0):
            self._shift = estimate
        return self._shift

    def _estimate(self) -> int | None:
        """What the recent messages say; None where they say nothing."""
        ordered = sorted(ahead for _, ahead in self._seen)
        best = ordered[-2] if len(ordered) >= 3 else ordered[-1]
        if abs(best) <= NEGLIGIBLE_MS:
            return 0
        if best > 0:
            return best
        newest = self._seen[-1][0]
        recent = [(at, ahead) for at, ahead in self._seen if newest - at <= STEADY_FOR_MS]
        if len(recent) < 5 or newest - recent[0][0] < STEADY_FOR_MS - 2 * _EVERY_MS:
            return None
        # One message that was held up on its way does not count either.
        differences = sorted(ahead for _, ahead in recent)
        return best if differences[-1] - differences[1] <= STEADY_MS else None

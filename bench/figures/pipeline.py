"""What the pipeline costs: operations through REST against bare routes of the same server."""

from collections.abc import Callable
from itertools import count

from bench.harness import Figure, at_most, compared, directory, request, seconds_per_request, server, world

COUNT = 400
LIMIT = 2.5


async def measure() -> list[Figure]:
    """Two reads and a write, each against its bare twin."""
    figures: list[Figure] = []
    keys = count()
    with directory("pipeline") as path:
        async with world(path) as made, server(path) as served:
            bare, here = f"/bare/{made.gym_id}", "/api/v1"
            pairs: list[tuple[str, int, Callable[[int], bytes], Callable[[int], bytes]]] = [
                (
                    "read: one member over REST",
                    200,
                    lambda _: request("GET", f"{bare}/members/{made.member_id}"),
                    lambda _: request("GET", f"{here}/members/{made.member_id}", token=made.token),
                ),
                (
                    "read: twenty workouts over REST",
                    200,
                    lambda _: request("GET", f"{bare}/workouts/{made.member_id}"),
                    lambda _: request("GET", f"{here}/workouts?member={made.member_id}", token=made.token),
                ),
                (
                    "write: log a workout over REST",
                    201,
                    lambda _: request(
                        "POST", f"{bare}/workouts/{made.member_id}", body={"reps": [5] * 5, "weight_kg": 100}
                    ),
                    lambda _: request(
                        "POST",
                        f"{here}/workouts",
                        token=made.token,
                        body={"text": "squat 5x5 100", "member": made.member_id},
                        key=f"bench-{next(keys)}",
                    ),
                ),
            ]
            for name, status, plain, operation in pairs:

                async def bare_time(plain: Callable[[int], bytes] = plain) -> float:
                    return await seconds_per_request(served.port, plain, count=COUNT)

                async def operation_time(operation: Callable[[int], bytes] = operation, status: int = status) -> float:
                    return await seconds_per_request(served.port, operation, count=COUNT, expect=status)

                await bare_time()
                await operation_time()
                plain_seconds, seconds = await compared(bare_time, operation_time)
                figures.append(at_most(name, seconds * 1e3, "ms", limit=LIMIT, of=plain_seconds * 1e3, to="bare route"))
    return figures

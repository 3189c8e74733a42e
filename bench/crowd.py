"""A crowd at the door: `python -m bench.crowd PORT TOKEN PER_SECOND` checks people in over REST until it is told to stop.

Each check-in begins at its own time, whether or not those before it are answered. On SIGTERM it prints what it did as one
line of JSON: how many were answered, in how many seconds, and the first errors.
"""

import asyncio
import json
import signal
import sys
import time
from itertools import count

from bench.harness import Connection, request
from bench.people import code

CONNECTIONS = 8


async def check_in(port: int, token: str, per_second: float) -> dict[str, object]:
    """Check in person after person, from the first one on."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    numbers = count(1)
    began = time.monotonic()
    answered = 0
    errors: list[str] = []

    async def drive() -> None:
        nonlocal answered
        connection = await Connection.open(port)
        while not stop.is_set():
            number = next(numbers)
            await asyncio.sleep(began + number / per_second - time.monotonic())
            asked = request("POST", "/api/v1/visits", token=token, body={"member": code(number)})
            status, body = await connection.ask(asked)
            answered += status == 201
            if status != 201 and len(errors) < 3:
                errors.append(f"{status} {body[:200]!r}")
        connection.close()

    await asyncio.gather(*(drive() for _ in range(CONNECTIONS)))
    return {"answered": answered, "seconds": time.monotonic() - began, "errors": errors}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(check_in(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))), flush=True)

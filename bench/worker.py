"""The measured worker: `python -m bench.worker` does the jobs, and hands messages to a gateway that takes every one.

It also does jobs that are empty, to tell what the queue alone costs.
"""

import asyncio
import signal

from bench.harness import SilentGateway
from pp_core.client.local import door_reactions
from pp_core.kernel import logging
from pp_core.kernel.settings import Settings
from pp_core.runtime.database import Home
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker

EMPTY_JOB = "nothing"


async def work() -> None:
    """Work until told to stop."""
    settings = Settings.from_environment()
    logging.set_up(settings.log_level)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with Home(settings) as home:
        async with Runtime(settings, home, as_worker=True, sms=SilentGateway()) as runtime:
            worker = Worker(runtime, door_reactions(runtime.pulse))
            worker.queue.task(name=EMPTY_JOB, queue="events")(_nothing)
            await worker.run(stop)


async def _nothing(events: list[list[str]]) -> None:
    return None


if __name__ == "__main__":
    asyncio.run(work())

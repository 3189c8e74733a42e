"""Finding one of 100,000 people of a gym under row-level security."""

import random
import time

from bench.harness import Figure, at_most, directory, percentile, world
from bench.people import fill, words
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator
from pp_core.kernel.policy import Door
from pp_core.tenants.operations import ListMembers

SEARCHES = 400


async def measure() -> list[Figure]:
    """Parts of names, codes and phones, drawn at random, through the whole pipeline in process."""
    chance = random.Random(20261121)
    with directory("search") as path:
        async with world(path) as made:
            fill(made.runtime.home.urls.admin or "", made.gym_id)
            desk = LocalClient(made.runtime.pulse, Door.TUI, Operator("bench", made.slug))
            spent: list[float] = []
            for number in range(SEARCHES):
                typed = words(chance)
                started = time.perf_counter()
                page = await desk.run(ListMembers(search=typed))
                if number >= 40:
                    spent.append(time.perf_counter() - started)
                assert page.items or typed.startswith("zz"), typed
    milliseconds = percentile(spent, 0.95) * 1e3
    return [at_most("people search p95 among 100,000", milliseconds, "ms", limit=1, of=20, to="20 ms")]

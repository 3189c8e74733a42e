"""kill -9 of the server while reception types: nothing typed is lost, nobody comes in twice or not at all."""

import os
import random

from tests.kills.desk import MOMENTS, Morning, at_the_desk, people_of
from tests.kills.installation import installation


async def test_a_kill_under_the_screen_loses_nothing_and_lets_nobody_in_twice() -> None:
    seed = int(os.environ.get("PP_SEED", random.randrange(10**9)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    async with installation() as made:
        people = iter(await people_of(made, 3 * len(MOMENTS) + 1))
        async with at_the_desk(made) as desk:
            morning = Morning(made, desk, dice)
            await morning.lets_in(next(people))
            for moment in dice.sample(MOMENTS, len(MOMENTS)):
                await morning.suffers(moment, next(people), next(people), next(people))
            assert morning.losses() == []

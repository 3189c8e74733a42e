"""Reception's screen through many kills of the server (`SOAK_DESKS` times three), at moments drawn at random."""

import os
import random

import pytest

from tests.kills.desk import MOMENTS, Morning, at_the_desk, people_of
from tests.kills.installation import installation

pytestmark = pytest.mark.soak


async def test_many_kills_under_the_screen_lose_nothing_and_let_nobody_in_twice() -> None:
    desks = int(os.environ.get("SOAK_DESKS", "10"))
    seed = int(os.environ.get("PP_SEED", random.randrange(10**9)))
    dice = random.Random(seed)
    async with installation() as made:
        people = iter(await people_of(made, 3 * len(MOMENTS) * desks))
        async with at_the_desk(made) as desk:
            morning = Morning(made, desk, dice)
            for number in range(desks):
                for moment in dice.choices(MOMENTS, k=len(MOMENTS)):
                    print(f"seed {seed}, desk {number + 1} of {desks}: {moment}")
                    await morning.suffers(moment, next(people), next(people), next(people))
                assert morning.losses() == []
    print(f"{desks * len(MOMENTS)} kills under the screen: {len(morning.came)} people came in, each once")

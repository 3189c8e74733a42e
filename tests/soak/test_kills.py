"""Fifty kills of random victims in one installation (`SOAK_KILLS`), counted."""

import os
import random

import pytest

from tests.kills.installation import installation
from tests.kills.test_kills import strike

pytestmark = pytest.mark.soak


async def test_fifty_kills_lose_nothing_and_repeat_nothing() -> None:
    kills = int(os.environ.get("SOAK_KILLS", "50"))
    async with installation() as made:
        for number in range(kills):
            victim = random.choice(os.environ.get("SOAK_VICTIMS", "server worker database").split())
            print(f"kill {number + 1} of {kills}: {victim}")
            async with made.load():
                await strike(made, victim)
            await made.settle()
            print(
                f"  {len(made.tally.workouts)} workouts,"
                f" {len(made.tally.texts)} texts acknowledged, {made.tally.retried} requests repeated"
            )
            assert made.losses() == []
        print(f"{kills} kills: 0 acknowledged writes missing, 0 done twice, 0 jobs stuck, 0 messages twice")

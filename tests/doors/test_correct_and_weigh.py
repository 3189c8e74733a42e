"""A member signed in with `pp login` logs, corrects and weighs in from their own machine."""

import asyncio
import json
import os
import subprocess
import sys

from tests.kills.installation import PASSWORD, installation

from .test_log_workout import member_with_a_login


async def test_a_member_corrects_and_weighs_in_by_command() -> None:
    async with installation() as made:
        phone = await member_with_a_login(made)
        environment = {
            **os.environ,
            "PP_CONFIG_DIR": str(made.directory.parent / f"{made.directory.name}-config"),
            "PP_LOGIN": phone,
            "PP_PASSWORD": PASSWORD,
        }

        async def pp(*arguments: str) -> subprocess.CompletedProcess[str]:
            return await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "pp_cli", *arguments],
                env=environment,
                capture_output=True,
                text=True,
            )

        assert (await pp("login", made.url, "--gym", "kill")).returncode == 0
        nothing = await pp("workout", "correct", "3x8")
        assert (nothing.returncode, "squat 5x5 100" in nothing.stderr) == (3, True)
        assert (await pp("workout", "log", "squat", "5x5", "100")).returncode == 0
        corrected = await pp("workout", "correct", "no,", "3x8", "--format", "json")
        assert json.loads(corrected.stdout)["workout"]["canonical"] == "Squat 3x8 100kg"
        workout = json.loads(corrected.stdout)["workout"]["id"]
        whole = await pp("workout", "correct", "bench 3x8 60", "--workout", workout, "--whole")
        assert "Bench Press 3x8 60kg" in whole.stdout
        assert "New record: Bench Press" in whole.stderr

        assert (await pp("weight", "record", "82.4", "--measured-at", "2026-01-05T07:00:00+03:00")).returncode == 0
        second = await pp("weight", "record", "81.9")
        assert ("81.9" in second.stdout, "-0.5" in second.stderr) == (True, True)
        listed = json.loads((await pp("weight", "list", "--format", "json")).stdout)["items"]
        assert [row["kilograms"] for row in listed] == ["81.9", "82.4"]
        assert (await pp("weight", "delete", listed[0]["id"])).returncode == 0
        refused = await pp("weight", "record", "12")
        assert (refused.returncode, refused.stdout) == (2, "")
        read = await pp("weight", "parse", "uzito", "82,4", "kg", "--format", "json")
        assert json.loads(read.stdout) == {"kilograms": "82.4", "confidence": 1.0}
        assert (await pp("logout")).returncode == 0

"""Somebody checks in by USSD through a server in another process, and the row appears on reception's terminal by itself."""

import httpx

from pp_core.kernel.locale import text
from tests.bots.talking import Handset
from tests.kills.desk import at_the_desk, people_of
from tests.kills.installation import TOKEN, Installation, installation
from tests.tui.reception import visits


async def door_code(made: Installation) -> str:
    async with httpx.AsyncClient(base_url=made.url, headers={"Authorization": f"Bearer {made.token}"}) as http:
        code: str = (await http.post("/api/v1/door-codes", json={})).json()["code"]
        return code


async def test_who_checks_in_by_ussd_appears_without_a_key() -> None:
    async with installation() as made:
        [amina, brian] = await people_of(made, 2)
        code = await door_code(made)
        async with at_the_desk(made) as desk, httpx.AsyncClient(base_url=made.url) as http:
            for member in (amina, brian):
                assert member.phone is not None
                assert member.name not in visits(desk.terminal.screen())
                phone = Handset(http, member.phone, token=TOKEN)
                menu = await phone.dial()
                assert f"1 {text('check_in.title', 'en')}" in menu
                await phone.type("1")
                assert (await phone.type(code)).startswith("END ")
                await desk.sees_visit(member.name)
            assert desk.terminal.shows(text("tui.desk.visits", "en", count=2))
            assert desk.terminal.shows(code)
            assert made.rows("SELECT door, count(*) FROM visits GROUP BY 1") == [("ussd", 2)]

"""`pp staff`: who works in a gym and what they may do."""

from typing import Annotated, Any
from uuid import UUID

import typer

from pp_cli import session
from pp_cli.binding import ask, command, group, is_id
from pp_cli.output import show
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import (
    AcceptInvitation,
    AssignRoles,
    GetMember,
    InviteStaff,
    ListStaff,
    UnlockStaff,
)

app = group("Invite staff and say what they may do.")
app.command("invite")(command(InviteStaff, arguments=["name", "phone"], columns="invitation expires_at person_id"))
app.command("list")(command(ListStaff, columns="code name phone roles status"))

Who = Annotated[str, typer.Argument(help="Id, member code or phone.", show_default=False)]


@app.command()
def accept(
    invitation: Annotated[str | None, typer.Argument(help="The code that was sent.", envvar="PP_INVITATION")] = None,
    password: Annotated[
        str | None, typer.Option(help="Password (asked for when left out).", envvar="PP_PASSWORD", show_envvar=True)
    ] = None,
) -> None:
    """Accept an invitation: make a login with this password, or join with the login that has this phone."""
    values = {
        "invitation": invitation or ask("Invitation"),
        "password": password or ask("Password", twice=True),
    }
    show(session.run(AcceptInvitation.model_validate(values)))


@app.command()
def roles(
    who: Who,
    role: Annotated[list[Role], typer.Argument(help="All roles they will have.", show_default=False)],
) -> None:
    """Set what a person is in this gym; takes effect with their next request."""

    async def work() -> Any:
        async with session.client() as client:
            return await client.run(AssignRoles(person_id=await _person(client, who), roles=role))

    show(session.complete(work()))


@app.command()
def unlock(who: Who) -> None:
    """Unlock the login of a person of the staff after too many wrong passwords."""

    async def work() -> Any:
        async with session.client() as client:
            return await client.run(UnlockStaff(person_id=await _person(client, who)))

    show(session.complete(work()))


async def _person(client: Any, who: str) -> UUID:
    if is_id(who):
        return UUID(who)
    member = await client.run(GetMember(member=who))
    return UUID(str(member.id))

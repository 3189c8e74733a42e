"""`pp gym`: onboarding and looking after gyms."""

from typing import Annotated, Any, Literal

import typer

from pp_cli import session
from pp_cli.binding import command, group
from pp_cli.errors import NOT_FOUND, Refused
from pp_cli.output import said, show, show_record
from pp_cli.session import narrate
from pp_core.kernel.pagination import LARGEST_SIZE
from pp_core.tenants.operations import (
    AddBranch,
    ConnectChannel,
    DisconnectChannel,
    GetGym,
    GymOnboarded,
    ListBranches,
    ListChannels,
    ListGyms,
    OnboardGym,
    SetGymStatus,
)

GYM = "slug name status timezone created_at"
CHANNEL = "kind address created_at id"

app = group("Onboard and look after gyms.")


def _onboarded(result: GymOnboarded) -> None:
    show_record(result, "gym_id slug name invitation")
    narrate(said("cli.onboarded", slug=result.slug))


app.command("onboard")(command(OnboardGym, arguments=["name", "slug"], present=_onboarded))
app.command("list")(command(ListGyms, columns=GYM))
app.command("show")(command(GetGym, columns=f"gym_id {GYM}"))
app.command("branches")(command(ListBranches, columns="name city country timezone id"))
app.command("add-branch")(command(AddBranch, arguments=["name"], columns="name city country timezone id"))

channel = group("Connect short codes, service codes and bots that are the gym's own.")
channel.command("connect")(command(ConnectChannel, arguments=["kind", "address"], columns=CHANNEL))
channel.command("list")(command(ListChannels, columns=CHANNEL))
channel.command("disconnect")(command(DisconnectChannel, arguments=["channel_id"]))
app.add_typer(channel, name="channel")

Slug = Annotated[str, typer.Argument(help="The gym's slug.", show_default=False)]


@app.command()
def suspend(slug: Slug) -> None:
    """Suspend a gym: reading works, writing does not."""
    _set_status(slug, "suspended")


@app.command()
def resume(slug: Slug) -> None:
    """Let a suspended gym work again."""
    _set_status(slug, "active")


def _set_status(slug: str, status: Literal["active", "suspended"]) -> None:
    async def work() -> Any:
        async with session.client() as client:
            cursor: str | None = None
            while True:
                page = await client.run(ListGyms(limit=LARGEST_SIZE, cursor=cursor))
                found = next((gym for gym in page.items if gym.slug == slug), None)
                if found is not None:
                    return await client.run(SetGymStatus(gym_id=found.gym_id, status=status))
                if page.next is None:
                    raise Refused(said("cli.no_gym", slug=slug), NOT_FOUND)
                cursor = page.next

    show(session.complete(work()))

"""`pp login`, `pp logout` and `pp whoami`."""

import contextlib
import os
import socket
import time
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from pp_cli.binding import ask
from pp_cli.errors import DENIED, Refused
from pp_cli.options import chosen
from pp_cli.output import said, show_record
from pp_cli.session import client, complete, gym, language, narrate
from pp_core.client import session as logins
from pp_core.client.connect import operator
from pp_core.client.remote import RemoteClient
from pp_core.identity.operations import GetProfile, SignedIn, SignIn, SignOut
from pp_core.kernel.errors import Problem
from pp_core.kernel.policy import Door

HOME_SERVER = "http://127.0.0.1:8080"


def login(
    url: Annotated[str, typer.Argument(help="The server's address.", envvar="PP_SERVER")] = HOME_SERVER,
    identifier: Annotated[
        str | None,
        typer.Option("--identifier", "-i", help="E-mail or phone (asked for when left out).", envvar="PP_LOGIN"),
    ] = None,
    password: Annotated[
        str | None, typer.Option(help="Better asked for, or from the environment.", envvar="PP_PASSWORD")
    ] = None,
    device: Annotated[str | None, typer.Option(help="What to call this device.")] = None,
) -> None:
    """Sign in to a server; commands then go to it."""
    url = _address(url)
    identifier = identifier or typer.prompt(said("cli.login.identifier"), err=True)
    password = password or ask(said("cli.login.password"))
    asked = SignIn.model_validate(
        {
            "identifier": identifier,
            "password": password,
            "device": (device or f"pp on {socket.gethostname()}")[:80],
            "gym": gym(),
        }
    )

    async def work() -> SignedIn:
        async with RemoteClient.connect(url, language=language(), door=Door.CLI) as remote:
            return await remote.run(asked)

    signed_in = complete(work())
    slug = signed_in.gym.slug if signed_in.gym is not None else None
    access = {slug or "": logins.Access(signed_in.access_token, time.time() + signed_in.expires_in)}
    with logins.alone():
        logins.save(
            logins.Login(url, str(identifier), slug, signed_in.refresh_token, access),
            make_current=True,
        )
    if slug is not None:
        narrate(said("cli.login.done", url=url, gym=slug))
    elif signed_in.gyms:
        narrate(said("cli.login.choose", url=url, gyms=", ".join(each.slug for each in signed_in.gyms)))
    else:
        narrate(said("cli.login.no_gym", url=url))


def logout() -> None:
    """Sign out; commands then act on this machine again."""
    kept = logins.load(chosen.server)
    if kept is None:
        narrate(said("cli.logout.nobody"))
        return

    async def work() -> None:
        async with client() as connected:
            await connected.run(SignOut())

    # A server that is gone, or has ended the session already, must not keep anybody signed in here.
    with contextlib.suppress(Problem):
        complete(work())
    with logins.alone():
        logins.forget(kept.url)
    narrate(said("cli.logout.done", url=kept.url))


def whoami() -> None:
    """Show who commands act as, and where."""
    kept = None if chosen.local else logins.load(chosen.server or os.environ.get("PP_SERVER") or None)
    if kept is None:
        if chosen.server:
            raise Refused(said("cli.whoami.not_there", url=chosen.server), DENIED)
        show_record({"who": f"operator:{operator()}", "where": said("cli.whoami.here"), "gym": gym() or ""})
        return

    async def work() -> Any:
        async with client() as connected:
            return await connected.run(GetProfile())

    profile = complete(work())
    acting = gym() or kept.gym
    mine = next((each for each in profile.gyms if each.slug == acting), None)
    show_record(
        {
            "who": profile.email or profile.phone or kept.identifier,
            "where": kept.url,
            "gym": acting or "",
            "roles": mine.roles if mine else [],
            "gyms": [each.slug for each in profile.gyms],
            "user_id": str(profile.user_id),
        }
    )


def _address(url: str) -> str:
    """`gym.example.com` as `https://gym.example.com`; this machine by plain HTTP, anything else only encrypted."""
    full = url if "://" in url else ("http://" if _is_here(url.partition(":")[0]) else "https://") + url
    parts = urlsplit(full)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise typer.BadParameter(said("cli.login.bad_url", url=url), param_hint="URL")
    if parts.scheme == "http" and not _is_here(parts.hostname) and not os.environ.get("PP_ALLOW_HTTP"):
        raise Refused(said("cli.login.plain_http", url=url))
    return full.rstrip("/")


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1", "[::1]") or host.startswith("127.")

"""`pp backup` and `pp restore`."""

from pathlib import Path
from typing import Annotated

import typer

from pp_cli.errors import Refused
from pp_cli.output import said, show_record
from pp_cli.session import narrate, quiet_logs, settings
from pp_core.kernel.db import backup as backups
from pp_core.kernel.db import restore as restores
from pp_core.kernel.db.roles import DATABASE
from pp_core.runtime.database import Home
from pp_core.runtime.serve import running


def backup(file: Annotated[Path, typer.Argument(help="The new file.", show_default=False)]) -> None:
    """Write a backup of everything into a new file.

    The file is PostgreSQL's own format; beside it goes FILE.manifest.json, which `pp restore` checks it against. Roles and
    passwords are not in it. Servers may run on meanwhile.
    """
    quiet_logs()
    home = Home(settings())
    urls = home.start()
    try:
        report = backups.back_up(_admin(urls.admin), file)
    finally:
        home.close()
    show_record(
        {
            "file": str(report.path),
            "manifest": str(report.manifest),
            "bytes": report.bytes,
            "taken_at": report.taken_at,
            "rows": sum(report.rows.values()),
        }
    )
    narrate(said("cli.backup.done", file=file))


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.", exists=True, dir_okay=False, show_default=False)],
    verify: Annotated[
        bool, typer.Option("--verify", help="Only restore it beside the database, compare, and drop it again.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a database that holds something.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Put a backup in the place of the database, or only try it.

    What is replaced is kept under another name. Stop `pp up` first.
    """
    quiet_logs()
    home = Home(settings())
    if not verify and home.is_embedded and (told := running(Path(home.directory))) is not None:
        raise Refused(said("cli.restore.running", pid=told.get("pid", "?")))
    urls = home.start()
    try:
        if verify:
            _verify(_admin(urls.admin), file)
            return
        if replace and not yes:
            typer.confirm(said("cli.restore.replace", database=DATABASE), abort=True, err=True)
        report = restores.restore(_admin(urls.admin), file, replace=replace)
    finally:
        home.close()
    show_record({"database": report.database, "rows": sum(report.rows.values()), "previous": report.previous or ""})
    narrate(said("cli.restore.done"))


def _verify(admin: str, file: Path) -> None:
    found = restores.verify(admin, file)
    show_record(
        {
            "taken_at": found.taken_at,
            "rows": sum(found.rows.values()),
            "differences": ", ".join(sorted(found.differences)),
        }
    )
    if not found.ok:
        raise typer.Exit(1)
    narrate(said("cli.restore.verified"))


def _admin(url: str | None) -> str:
    if url is None:
        raise Refused(said("cli.backup.no_admin"))
    return url

"""`pp db`: the schema, as an operator looks after it."""

from dataclasses import asdict
from typing import Annotated

import typer

from pp_cli.binding import group
from pp_cli.errors import CHECK_FAILED
from pp_cli.options import chosen
from pp_cli.output import said, show_record, show_rows, write
from pp_cli.session import narrate, quiet_logs, settings
from pp_core.runtime import upkeep

app = group("Prepare, upgrade and check the database.")


@app.command()
def upgrade() -> None:
    """Bring the schema to this version; doing it again changes nothing."""
    quiet_logs()
    before, after = upkeep.upgrade(settings())
    show_record({"before": before or "", "after": after or ""})


@app.command()
def downgrade(
    to: Annotated[str, typer.Argument(help="The revision to go back to; base is an empty schema.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take the schema back to an earlier revision; what only the later one could hold is lost."""
    quiet_logs()
    if not yes:
        typer.confirm(said("cli.db.downgrade", to=to), abort=True, err=True)
    before, after = upkeep.downgrade(settings(), to)
    show_record({"before": before or "", "after": after or ""})


@app.command()
def check() -> None:
    """Say whether schema, policies, grants and functions are as this version expects; exit code 1 when not."""
    quiet_logs()
    findings = upkeep.findings(settings())
    if findings or chosen.format != "table":
        show_rows([asdict(finding) for finding in findings], "area subject problem")
    if findings:
        raise typer.Exit(CHECK_FAILED)
    narrate(said("cli.db.well"))


@app.command()
def init(
    url: Annotated[
        str | None,
        typer.Argument(
            help="A superuser's address of a PostgreSQL server; left out: the embedded one.", envvar="PP_SUPERUSER_URL"
        ),
    ] = None,
    database: Annotated[str, typer.Option(help="Name of the database.")] = "progress_pulse",
    new_passwords: Annotated[
        bool,
        typer.Option(
            "--new-passwords", help="Give roles that are there new passwords too; running servers lose theirs."
        ),
    ] = False,
) -> None:
    """Make the roles, the database and the schema, and print the settings to run with.

    On a real server the settings hold the new roles' passwords, shown once. Roles that are there keep theirs.
    """
    quiet_logs()
    if url is None:
        before, after = upkeep.upgrade(settings())
        show_record({"before": before or "", "after": after or ""})
        return
    made = upkeep.initialise(url, database, new_passwords=new_passwords)
    if chosen.format == "table":
        for name, address in made.items():
            write(f"{name}='{address}'")
    else:
        show_record(dict(made))
    narrate(said("cli.db.made" if made else "cli.db.roles_known", count=len(made)))

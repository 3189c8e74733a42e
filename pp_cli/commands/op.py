"""`pp op`: any operation by its name."""

import json
import sys
from typing import Annotated

import typer

from pp_cli import session
from pp_cli.binding import KEY_HELP
from pp_cli.errors import NOT_FOUND, Refused
from pp_cli.options import chosen
from pp_cli.output import said, show, show_rows, write
from pp_core.client.connect import load_operations


def _names(incomplete: str) -> list[str]:
    return [name for name in load_operations() if name.startswith(incomplete)]


def op(
    name: Annotated[
        str | None, typer.Argument(help="The operation, such as workouts.log.", autocompletion=_names)
    ] = None,
    request: Annotated[
        str, typer.Option("--json", metavar="OBJECT", help="The request as a JSON object; - reads it from stdin.")
    ] = "{}",
    schema: Annotated[bool, typer.Option("--schema", help="Print the request's and the result's JSON Schema.")] = False,
    key: Annotated[str | None, typer.Option("--key", help=KEY_HELP)] = None,
) -> None:
    """Run any operation by name; without one, list them all."""
    operations = load_operations()
    if name is None:
        show_rows(
            [
                {
                    "name": each,
                    "scope": found.policy.scope.value,
                    "permission": found.policy.permission.value if found.policy.permission else "",
                    "help": (found.__doc__ or "").splitlines()[0],
                }
                for each, found in operations.items()
            ],
            "name scope help",
        )
        return
    operation = operations.get(name)
    if operation is None:
        raise Refused(said("cli.op.unknown", name=name), NOT_FOUND)
    if schema:
        result = operation.result.model_json_schema(mode="serialization")
        write(json.dumps({"request": operation.model_json_schema(), "result": result}, indent=2))
        return
    given = sys.stdin.read() if request == "-" else request
    chosen.format = "csv" if chosen.format == "csv" else "json"
    show(session.run(operation.model_validate_json(given), key=key))

"""A command made from an operation: its help, options and arguments are the operation's own."""

import inspect
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin
from uuid import UUID

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pp_cli import output, session
from pp_cli.options import chosen, spelled
from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation

if TYPE_CHECKING:
    from pydantic import BaseModel

Present = Callable[[Any], None]
Follow = Callable[[Any], None]
KEY_HELP = "Idempotency key: a repeat under the same key acts once and is answered the same."


def group(help: str) -> typer.Typer:
    """A Typer app that stays a group with a single command too."""
    app = typer.Typer(help=help, no_args_is_help=True, add_completion=False, rich_markup_mode="rich")
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    pass


def command(
    operation: type[Operation[Any]],
    *,
    columns: str = "",
    arguments: Sequence[str] = (),
    words: str | None = None,
    names: dict[str, str] | None = None,
    present: Present | None = None,
    follow: Follow | None = None,
    hidden: Sequence[str] = (),
) -> Callable[..., None]:
    """A function for Typer that runs `operation`.

    `arguments` are fields given by position, `words` the last of them when it takes all remaining words as one text, `names`
    other option names by field (`"first": "--from"`). `columns` or `present` say how the result is shown. With
    `follow` the command takes `--follow`, and hands the operation to it instead of running it.
    """
    policy = operation.policy
    paged = "cursor" in operation.model_fields
    ordered = [*arguments, *(name for name in operation.model_fields if name not in arguments and name not in hidden)]
    parameters = [
        _parameter(name, operation.model_fields[name], name in arguments, name == words, (names or {}).get(name))
        for name in ordered
    ]
    if paged:
        parameters.append(_option("everything", bool, False, "--all", "Every page, not only the first."))
    if follow is not None:
        parameters.append(_option("following", bool, False, "--follow", "Go on: show each as it comes, until Ctrl-C."))
    if policy.claims_keys:
        parameters.append(_option("key", str | None, None, "--key", KEY_HELP))

    def run(**given: Any) -> None:
        spelled.update(_spellings(operation, arguments, names or {}))
        everything = given.pop("everything", False)
        following = given.pop("following", False)
        key = given.pop("key", None)
        values = {name: _read(operation.model_fields[name], value) for name, value in given.items()}
        values = {name: value for name, value in values.items() if value is not None and value != []}
        if follow is not None and following:
            follow(operation(**values))
            return
        result = all_pages(operation, values) if everything else session.run(operation(**values), key=key)
        if present is not None and chosen.format == "table":
            present(result)
        else:
            output.show(result, columns)

    # Positional parameters come before options; both are keyword-only to Python, Typer goes by the order.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = operation.__doc__
    run.__name__ = operation.__name__
    return run


def _spellings(operation: type[Operation[Any]], arguments: Sequence[str], names: dict[str, str]) -> dict[str, str]:
    """How a person writes each field: the bare name of an argument, `--joined-on` of an option."""
    fields = (name for name in operation.model_fields if name not in arguments)
    return {name: name for name in arguments} | {name: names.get(name, f"--{_dashed(name)}") for name in fields}


def all_pages(operation: type[Operation[Any]], values: dict[str, Any]) -> "BaseModel":
    """Every page of a list as one result."""
    largest = max(
        (each.le for each in operation.model_fields["limit"].metadata if hasattr(each, "le")),
        default=values.get("limit", 50),
    )

    async def work() -> "BaseModel":
        async with session.client() as client:
            asked = {"limit": largest, **values}
            page: Any = await client.run(operation(**asked))
            items = list(page.items)
            while page.next is not None:
                page = await client.run(operation(**{**asked, "cursor": page.next}))
                items += page.items
            whole: BaseModel = page.model_copy(update={"items": items})
            return whole

    return session.complete(work())


def _parameter(name: str, field: FieldInfo, by_position: bool, words: bool, option: str | None) -> inspect.Parameter:
    annotation, many = _annotation(field)
    default = _default(field)
    required = field.is_required()
    help = field.description
    if words:
        info: Any = typer.Argument(help=help, metavar=f"{name.upper()}...", show_default=False)
        return _made(name, list[str], info, ... if required else None)
    if by_position:
        return _made(name, annotation, typer.Argument(help=help, show_default=False), ... if required else default)
    if _is_secret(field):
        info = typer.Option(
            f"--{_dashed(name)}",
            help=f"{help} (asked for when left out).",
            show_default=False,
            envvar=f"PP_{name.upper()}",
        )
        return _made(name, str | None, info, None)
    if annotation is bool:
        either = f"--{_dashed(name)}/--no-{_dashed(name)}"
        if _without_none(field.annotation) is not field.annotation:
            return _option(name, bool | None, default, either, help or "")
        return _option(name, bool, bool(default), either if default is True else f"--{_dashed(name)}", help or "")
    flag = option or f"--{_dashed(name[:-1] if many and name.endswith('s') else name)}"
    shown = default not in (None, "", [])
    info = typer.Option(flag, help=help, show_default=shown)
    return _made(name, annotation, info, ... if required else default)


def _option(name: str, annotation: Any, default: Any, flags: str, help: str) -> inspect.Parameter:
    return _made(name, annotation, typer.Option(flags, help=help, show_default=False), default)


def _made(name: str, annotation: Any, info: Any, default: Any) -> inspect.Parameter:
    nothing: Any = inspect.Parameter.empty
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=nothing if default is ... else default,
        annotation=Annotated[annotation, info],
    )


def _annotation(field: FieldInfo) -> tuple[Any, bool]:
    """What Typer should read for a field: choices and numbers are checked at once, the rest by the operation."""
    bare = _without_none(field.annotation)
    optional = bare is not field.annotation or not field.is_required()
    if get_origin(bare) is list:
        inner = get_args(bare)[0]
        return list.__class_getitem__(inner if _is_choice(inner) else str), True
    if bare is bool:
        return bool, False
    kept = bare if bare is int or _is_choice(bare) else str
    return (kept | None if optional else kept), False


def _without_none(annotation: Any) -> Any:
    rest = [each for each in get_args(annotation) if each is not type(None)]
    if get_origin(annotation) is Annotated or get_origin(annotation) is Literal:
        return annotation
    return rest[0] if len(rest) == 1 and type(None) in get_args(annotation) else annotation


def _is_choice(annotation: Any) -> bool:
    from enum import Enum

    return get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum))


def _is_secret(field: FieldInfo) -> bool:
    from pydantic import SecretStr

    return "SecretStr" in repr(field.annotation) or field.annotation is SecretStr


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not None:
        return field.get_default(call_default_factory=True, validated_data={})
    return None if field.default is PydanticUndefined else field.default


def _dashed(name: str) -> str:
    return name.removesuffix("_id").replace("_", "-") if name.endswith("_id") else name.replace("_", "-")


def _read(field: FieldInfo, value: Any) -> Any:
    """A value as the operation takes it: money and days in the spellings people use, a secret asked for when missing."""
    bare = _without_none(field.annotation)
    if _is_secret(field):
        if value is None and field.is_required():
            return ask(str(field.description))
        return value
    if isinstance(value, list) and bare is str:
        return " ".join(value)
    if isinstance(value, str) and bare is Money:
        return read_money(value)
    if isinstance(value, str) and bare is date:
        return read_day(value)
    return value


def ask(what: str, *, twice: bool = False) -> str:
    """Ask a person for a secret without showing it."""
    answer: str = typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return answer


def read_money(given: str) -> Money:
    """`1500`, `1,500.50` or `KES 1500` as an amount."""
    from decimal import Decimal, InvalidOperation

    letters = "".join(char for char in given if char.isalpha()).upper()
    digits = "".join(char for char in given if char.isdigit() or char in ".-")
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        raise typer.BadParameter(f"{given!r} is no amount; write it like 2500 or KES 2500.50") from None
    currency = {"": "KES", "KSH": "KES", "SH": "KES"}.get(letters, letters)
    return Money(minor=int((amount * 100).to_integral_value()), currency=currency)


def read_day(given: str) -> date | str:
    """`today`, `yesterday` (`leo`, `jana`) as days; anything else is left to the operation to read as 2026-11-21."""
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from pp_core.kernel.clock import NAIROBI

    back = {"today": 0, "leo": 0, "yesterday": 1, "jana": 1}.get(given.strip().lower())
    return given if back is None else datetime.now(ZoneInfo(NAIROBI)).date() - timedelta(days=back)


def is_id(given: str) -> bool:
    """Whether a word is an id."""
    try:
        UUID(given)
    except ValueError:
        return False
    return True

"""What went wrong, as a sentence on stderr and an exit code."""

import os
import sys
from typing import TYPE_CHECKING, Any, assert_never

from pp_cli import options
from pp_core.kernel.errors import Kind, Problem, WrongScope

if TYPE_CHECKING:
    from pydantic import ValidationError

OK = 0
CHECK_FAILED = 1
USAGE = 2
NOT_FOUND = 3
DENIED = 4
CONFLICT = 5
UNAVAILABLE = 6
LIMITED = 7
INTERNAL = 70
INTERRUPTED = 130
NO_READER = 141
_TELLING = ("value_error", "phone")
"""Faults whose sentence repeats what was given."""


class Refused(Exception):  # noqa: N818 - the command refuses, as a person would
    """The command cannot do what was asked: `sentence` says what was wrong and what would be right."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def exit_code(kind: Kind) -> int:
    """The exit code of a kind of problem."""
    match kind:
        case Kind.INVALID:
            return USAGE
        case Kind.NOT_FOUND:
            return NOT_FOUND
        case Kind.UNAUTHENTICATED | Kind.FORBIDDEN | Kind.NOT_ENTITLED:
            return DENIED
        case Kind.CONFLICT:
            return CONFLICT
        case Kind.UNAVAILABLE:
            return UNAVAILABLE
        case Kind.LIMITED:
            return LIMITED
        case Kind.INTERNAL:
            return INTERNAL
        case _:
            assert_never(kind)


def report(error: BaseException) -> int:
    """Say on stderr what `error` means and return the exit code; never raises, never prints a traceback."""
    try:
        return _report(error)
    except BrokenPipeError:
        return _silence()
    except KeyboardInterrupt:
        return INTERRUPTED


def _report(error: BaseException) -> int:
    import typer

    match error:
        case BrokenPipeError():
            return _silence()
        case KeyboardInterrupt():
            return INTERRUPTED
        case SystemExit() if isinstance(error.__context__, BrokenPipeError):
            return _silence()  # Typer has caught it first
        case SystemExit():
            return error.code if isinstance(error.code, int) else OK
        case typer.Exit():
            return error.exit_code
        case typer.Abort():
            say("Stopped; nothing more was done.")
            return INTERRUPTED
        case typer.TyperException():
            return _usage(error)
        case Refused():
            say(error.sentence)
            return error.code
        case WrongScope() if _lacks_gym(error):
            say(f"{_said('cli.gym_not_chosen')} ({error.code})")
            return exit_code(error.kind)
        case Problem():
            say(f"{sentence(error)} ({type(error).code})")
            return exit_code(error.kind)
    return _rarer(error)


def _lacks_gym(error: WrongScope) -> bool:
    from pp_cli.session import gym

    return str(error.data.get("needs")) == "tenant" and gym() is None


def _said(key: str) -> str:
    from pp_cli.session import language
    from pp_core.kernel import locale

    return locale.text(key, language())


def _rarer(error: BaseException) -> int:
    from pp_core.kernel.db.problems import DatabaseProblem
    from pp_core.kernel.settings import SettingError

    if isinstance(error, DatabaseProblem):
        say(f"{error} ({error.code})")
        return UNAVAILABLE
    if isinstance(error, SettingError):
        say(str(error))
        return USAGE
    if type(error).__name__ == "ValidationError" and "pydantic" in type(error).__module__:
        for line in invalid(error):  # type: ignore[arg-type]
            say(line)
        return USAGE
    if isinstance(error, OSError) and error.filename is not None:
        say(f"{error.filename}: {error.strerror}.")
        return USAGE
    if os.environ.get("PP_DEBUG"):
        import traceback

        traceback.print_exception(error)
    first = str(error).partition("\n")[0]
    say(f"internal error: {type(error).__name__}: {first}. Run it again with PP_DEBUG=1 and report what it prints.")
    return INTERNAL


def say(sentence: str) -> None:
    """One line of what is wrong."""
    sys.stderr.write(f"pp: {sentence}\n")


def sentence(problem: Problem) -> str:
    """The problem in the caller's language; its documentation where the catalogue has no text."""
    from pp_cli.session import language
    from pp_core.kernel import locale

    if isinstance(problem.data.get("summary"), str) or locale.has(problem.code):
        values = dict(problem.data)
        if "fields" in values and "summary" not in values:
            values["summary"] = "; ".join(f"{each['field']}: {each['problem']}" for each in values["fields"])
        return locale.text(problem.code, language(), **values)
    return " ".join((type(problem).__doc__ or problem.code).split())


def invalid(error: "ValidationError") -> list[str]:
    """What is wrong with a request, one line a field, each under the name that the command gives it."""
    return [f"{_option(each['loc'])}: {_reason(each)}" for each in error.errors(include_url=False)]


def _option(place: tuple[Any, ...]) -> str:
    return options.spelled.get(str(place[0]) if place else "", ".".join(str(part) for part in place)) or "request"


def _reason(found: Any) -> str:
    from pp_cli.session import language
    from pp_core.kernel.validation import sentence

    reason = sentence(found, language())
    given = found.get("input")
    if isinstance(given, str) and given and found["type"] not in _TELLING:
        reason += f" ({given[:60]!r})"
    return reason


def _usage(error: Any) -> int:
    from typer.rich_utils import rich_format_error

    if type(error).__name__ == "NoArgsIsHelpError":
        return USAGE  # raising it has printed the help
    if isinstance(getattr(error, "message", None), str):
        error.message = error.message.replace(
            "Value error, ", ""
        )  # Pydantic's words for a fault that Typer tells itself
    rich_format_error(error)
    return int(getattr(error, "exit_code", USAGE))


def _silence() -> int:
    """Nobody reads stdout any more: say nothing, not even when the interpreter flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return NO_READER

"""The few pages around the screen, in English and Swahili."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pp_core.kernel import locale
from pp_core.kernel.errors import Kind, Problem

from .guard import SCREEN_POLICY
from .screens import Ending

_WORDS = (
    "serve.title",
    "serve.sign_in",
    "serve.sign_out",
    "serve.identifier",
    "serve.password",
    "serve.which_gym",
    "serve.open",
    "serve.open_again",
    "serve.opening",
    "serve.in_english",
    "serve.in_swahili",
    "serve.script_needed",
)
_ENDINGS = {
    Ending.QUIT: "serve.ended.quit",
    Ending.SIGNED_OUT: "serve.ended.signed_out",
    Ending.ALL_IN_USE: "serve.ended.all_in_use",
    Ending.DIED: "serve.ended.died",
    Ending.UNREACHABLE: "serve.core_unreachable",
}
_OTHERWISE = "serve.ended.lost"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pp_tui.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(name: str, language: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page `name` with its words in `language`."""
    words = {key.removeprefix("serve."): locale.text(key, language) for key in _WORDS}
    written = _environment().get_template(f"{name}.html").render(language=language, words=words, **values)
    return HTMLResponse(written, status_code=status)


def screen(language: str, **values: Any) -> HTMLResponse:
    """The page that holds the screen, with what to say for each way in which that may end."""
    endings = {int(code): locale.text(key, language) for code, key in _ENDINGS.items()}
    answer = page("screen", language, endings=endings, lost=locale.text(_OTHERWISE, language), **values)
    answer.headers["content-security-policy"] = SCREEN_POLICY
    return answer


def worded(problem: Problem, language: str) -> str:
    """What was wrong, without naming to strangers which machine did not answer."""
    if problem.kind is Kind.UNAVAILABLE:
        return locale.text("serve.core_unreachable", language)
    if problem.kind is Kind.INTERNAL or not locale.has(problem.code):
        return locale.text("serve.failed", language)
    return locale.text(problem.code, language, **problem.data)


def status_of(problem: Problem) -> int:
    """The status of a page that tells of this problem."""
    match problem.kind:
        case Kind.UNAVAILABLE:
            return 503
        case Kind.LIMITED:
            return 429
        case Kind.INTERNAL:
            return 500
        case Kind.INVALID:
            return 422
        case _:
            return 403


def language_of(request: Request, otherwise: str) -> str:
    """`lang` of the address, else English or Swahili as Accept-Language prefers, else `otherwise`."""
    wanted = request.query_params.get("lang")
    if wanted in locale.LANGUAGES:
        return wanted
    best, chosen = 0.0, otherwise
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, parameters = part.partition(";")
        language = tag.strip().partition("-")[0].lower()
        weight = _weight(parameters)
        if language in locale.LANGUAGES and weight > best:
            best, chosen = weight, language
    return chosen


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0

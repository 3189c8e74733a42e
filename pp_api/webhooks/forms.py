"""What the form callbacks have in common: reading the form, and telling why one cannot be kept."""

from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.requests import Request

from pp_api.errors import NoSuchAddress
from pp_api.front import read_body
from pp_core.kernel.crypto import same

from .africastalking import CallbackError

LARGEST_FORM = 64 * 1024
MOST_FIELDS = 50


async def read_form(request: Request, expected: str) -> dict[str, str]:
    """The form of a callback whose address holds the `expected` token.

    Raises `NoSuchAddress` for any other token, BodyTooLarge, and ValueError for too many fields.
    """
    if not expected or not same(request.path_params["token"], expected):
        raise NoSuchAddress
    body = await read_body(request.scope, request.receive, LARGEST_FORM)
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS))


def why_not(error: Exception) -> str:
    """Why a callback cannot be kept, by the names of its fields: the log may hold neither phones nor texts."""
    match error:
        case CallbackError():
            return f"{error.field} is missing or not understood"
        case ValidationError():
            places = {".".join(map(str, each["loc"])) for each in error.errors(include_input=False)}
            return f"{', '.join(sorted(places))} cannot be kept"
        case _:
            return "too large, or no form"

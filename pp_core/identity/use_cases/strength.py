"""The password policy as it is told to people: reasons with texts, and the shipped list of well-known passwords."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from pydantic import SecretStr

from pp_core.identity.operations import PasswordWeak
from pp_core.identity.rules import LONGEST, SHORTEST, normalised, weaknesses
from pp_core.kernel.context import Context
from pp_core.kernel.locale import text


@cache
def common_passwords() -> frozenset[str]:
    """Well-known passwords and the words they are made from, in small letters."""
    lines = (files("pp_core.identity") / "data" / "common_passwords.txt").read_text().splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def accepted(ctx: Context, password: SecretStr, *, personal: Iterable[str]) -> str:
    """The normalised password to hash; `PasswordWeak` with all its reasons when it will not do.

    `personal` are the owner's names, e-mail and phone, which it must not mainly consist of.
    """
    given = normalised(password.get_secret_value())
    reasons = weaknesses(given, personal=personal, common=common_passwords())
    if reasons:
        said = (text(f"identity.password.{reason}", ctx.language, least=SHORTEST, most=LONGEST) for reason in reasons)
        raise PasswordWeak(reasons=reasons, summary=" ".join(said))
    return given

"""Phone numbers in E.164, read the way people in Kenya write them."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

HOME_REGION = "KE"


def e164(text: str, region: str = HOME_REGION) -> str:
    """`0711 000 001`, `254711000001` or `+254711000001` as `+254711000001`; ValueError when it is no possible number."""
    import phonenumbers  # costs 60 ms to import, which the CLI's help must not pay

    candidate = text.strip()
    if candidate.startswith("254") and len(candidate) == 12:
        candidate = "+" + candidate
    try:
        number = phonenumbers.parse(candidate, region)
    except phonenumbers.NumberParseException as error:
        raise _wrong(text) from error
    if not phonenumbers.is_valid_number(number):
        raise _wrong(text)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _wrong(given: str) -> ValueError:
    # A ValueError that Pydantic passes on with its type, by which the catalogue finds the sentence in each language.
    shown = "".join(char if char.isprintable() else "?" for char in given[:40])
    return PydanticCustomError(
        "phone", "{given} is not a phone number; write it like 0712345678 or +254712345678", {"given": repr(shown)}
    )


def national(phone: str) -> str:
    """`+254711000001` as people say it: `0711 000001`."""
    import phonenumbers

    return str(
        phonenumbers.format_number(phonenumbers.parse(phone, HOME_REGION), phonenumbers.PhoneNumberFormat.NATIONAL)
    )


Phone = Annotated[str, AfterValidator(e164)]
"""A field that takes any usual spelling and holds E.164."""

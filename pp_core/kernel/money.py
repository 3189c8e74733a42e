"""Money: integer minor units with a currency. Never a float."""

from pydantic import BaseModel, ConfigDict, Field


class Money(BaseModel):
    """An amount in the currency's minor units (KES 1,500.00 is 150000)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minor: int = Field(ge=-(10**15), le=10**15, description="Amount in minor units, such as cents")
    currency: str = Field(default="KES", pattern="^[A-Z]{3}$", description="ISO 4217 code")


def shown(money: Money, language: str) -> str:
    """`Ksh 1,500` as a person in Kenya reads it; whole amounts carry no cents."""
    from babel.numbers import format_currency

    whole, cents = divmod(abs(money.minor), 100)
    number = (whole + cents / 100) * (-1 if money.minor < 0 else 1)
    pattern = "¤ #,##0.00" if cents else "¤ #,##0"
    return str(format_currency(number, money.currency, pattern, locale=f"{language}_KE", currency_digits=False))

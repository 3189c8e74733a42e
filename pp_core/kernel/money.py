"""Money: integer minor units with a currency. Never a float."""

from pydantic import BaseModel, ConfigDict, Field


class Money(BaseModel):
    """An amount in the currency's minor units (KES 1,500.00 is 150000)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minor: int = Field(ge=-(10**15), le=10**15, description="Amount in minor units, such as cents")
    currency: str = Field(default="KES", pattern="^[A-Z]{3}$", description="ISO 4217 code")

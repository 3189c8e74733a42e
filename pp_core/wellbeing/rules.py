"""Pure rules of body measurements."""

from decimal import Decimal


def plain(kilograms: Decimal) -> Decimal:
    """The same figure without zeros behind the point: 82.40 is 82.4, and 80.00 is 80."""
    return kilograms.quantize(Decimal(1)) if kilograms == kilograms.to_integral_value() else kilograms.normalize()

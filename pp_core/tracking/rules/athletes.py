"""Somebody's body, as far as zones and energy need it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Body:
    """Kilograms, beats a minute, years; each None where it is not known."""

    weight_kg: float | None = None
    max_heart_rate: int | None = None
    age: int | None = None
    female: bool | None = None


def max_heart_rate(told: int | None, age: int | None) -> int | None:
    """What somebody told of themselves, else 208 - 0.7 x age; None without either.

    Tanaka, Monahan and Seals (2001), Journal of the American College of Cardiology 37(1).
    """
    if told is not None or age is None:
        return told
    return round(208 - 0.7 * age)

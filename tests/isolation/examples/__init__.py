"""A valid instance of every operation, fresh each time, made for a caller in their gym.

Whatever an example names (a member, a workout, a session) exists in the caller's gym or belongs to the caller's login, and every
optional id is filled in: that is what another gym's caller then tries to reach.
"""

from . import bodies, gyms, logins, outdoor_files, outdoors, places, review, texts, trackers, training
from .registry import EXAMPLES

__all__ = [
    "EXAMPLES",
    "bodies",
    "gyms",
    "logins",
    "outdoor_files",
    "outdoors",
    "places",
    "review",
    "texts",
    "trackers",
    "training",
]

"""Pure rules about texts and messages."""

LOOP_REPLIES = 2
"""How often a phone whose texts we do not understand is answered within the window."""
LOOP_WINDOW = 10
"""Minutes."""
MOST_ATTEMPTS = 10
"""How often a gateway that does not take a message is asked: its job waits twice as long each time, in all a quarter of an hour
or more, and has two tries left for troubles of our own."""


def final_status(*, delivered: bool) -> str:
    """What a message is after the gateway's last word."""
    return "delivered" if delivered else "failed"

"""Pure rules about texts and messages."""

LOOP_REPLIES = 2
"""How often a phone whose texts we do not understand is answered within the window."""
LOOP_WINDOW = 10
"""Minutes."""
MOST_ATTEMPTS = 5


def final_status(*, delivered: bool) -> str:
    """What a message is after the gateway's last word."""
    return "delivered" if delivered else "failed"

"""`pp tui` as it is nearly always started: everything from the environment, nothing of the command line loaded."""

import sys


def open_screen() -> bool:
    """Show the screen until it is left. False, and nothing shown, where `pp tui` itself has something to say."""
    from pp_core.runtime import doors

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    options = doors.found(doors.SCREEN_OPTIONS).from_environment()
    if options is None:
        return False
    doors.found(doors.SCREEN)(options)
    return True

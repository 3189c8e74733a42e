"""`pp`: the command line, or at once the screen that `pp tui` asks for."""

import sys


def main() -> int:
    """Run what the arguments ask for and return the exit code.

    `pp tui` with no option is started every morning and loads nothing of the command line: that would double its start.
    """
    if sys.argv[1:] == ["tui"]:
        from pp_cli.commands.machine.opening import open_screen

        try:
            if open_screen():
                return 0
        except BaseException as error:
            from pp_cli.errors import report

            return report(error)
    from pp_cli.app import main as command_line

    return command_line()

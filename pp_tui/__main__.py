"""The screen without `pp`, with everything from the environment; a browser's screen is a process of it."""

import os

if __name__ == "__main__":
    if "PP_TUI_HANDOVER" in os.environ:
        from pp_tui.serve.served import run as run_served

        run_served()
    else:
        from pp_tui.run import Options, run

        run(Options.from_environment() or Options())

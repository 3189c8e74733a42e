"""`pp completion`: the script that lets a shell complete `pp`."""

from typing import Annotated, Literal

import typer

from pp_cli.output import write

Shell = Literal["bash", "zsh", "fish", "powershell"]


def completion(shell: Annotated[Shell, typer.Argument(help="Which shell.")] = "bash") -> None:
    """Print the completion script for a shell.

    `eval "$(pp completion bash)"` completes in this shell; `pp --install-completion` does so in every new one.
    """
    from typer._completion_shared import get_completion_script

    write(get_completion_script(prog_name="pp", complete_var="_PP_COMPLETE", shell=shell))

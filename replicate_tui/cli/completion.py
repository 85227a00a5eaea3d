"""`completion`: the script for a shell, and the answers that the script asks for."""

from enum import StrEnum
from typing import Annotated

import typer

from replicate_tui.cli import output

EXAMPLES = """\b
Examples:
  source <(replicate-tui completion bash)
  source <(replicate-tui completion zsh)
  replicate-tui completion fish > ~/.config/fish/completions/replicate-tui.fish
It completes commands, options, models, runs and inputs from what this machine
has seen; it never asks the network.
"""

_NOTE_WIDTH = 60


class Shell(StrEnum):
    """The shells there is a script for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def completion(shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]) -> None:
    """Print the script to be sourced."""
    from replicate_tui.cli.completion_scripts import ADVICE, SCRIPTS

    output.write(SCRIPTS[shell])
    if output.is_terminal():
        output.note(ADVICE[shell])


def answer(shell: str, line: str, breaks: str = "") -> None:
    """Print what the last word of a command line may become, one a line: for bash as it puts it in, else with a note.

    `breaks` are the characters at which bash begins a word.
    """
    from replicate_tui.cli import shell_words
    from replicate_tui.cli.completing import complete, complete_file
    from replicate_tui.core.text import fit, one_line

    *before, word = shell_words.split(line, breaks)
    typed = word.text
    found = complete_file(typed) if word.redirected else complete([each.text for each in before[1:]], typed)
    if shell == Shell.bash:
        # Bash closes an open quote by itself, and is told to put no blank anywhere.
        blank = "" if word.quote else " "
        lines = [shell_words.for_readline(word, each.text) + ("" if each.goes_on else blank) for each in found]
    else:
        lines = [f"{each.text}\t{fit(one_line(each.note), _NOTE_WIDTH)}".rstrip("\t") for each in found]
    output.write("".join(f"{each}\n" for each in lines))

"""The table of commands: each is there, and what the list says of it is what its own help says."""

import pytest
import typer
from typer.main import get_command

from replicate_tui.cli.commands import COMMANDS, Commands, Listed
from replicate_tui.cli.program import app


def _root() -> Commands:
    root = get_command(app)
    assert isinstance(root, Commands)
    return root


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
def test_each_command_and_its_aliases_lead_to_the_same_help(listed: Listed) -> None:
    root = _root()
    helps = {root.commands[name].help for name in (listed.name, *listed.aliases)}
    assert helps == {listed.help}


def test_no_name_means_two_commands() -> None:
    names = [name for listed in COMMANDS for name in (listed.name, *listed.aliases)]
    assert len(names) == len(set(names))


def test_the_list_imports_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app(args=["--help"], prog_name="replicate-tui")
    shown = capsys.readouterr().out
    assert all(f"  {listed.name} " in shown for listed in COMMANDS)


def test_a_group_has_no_options_of_the_library() -> None:
    command = _root().commands["model"]
    assert isinstance(command, typer.core.TyperGroup)
    assert [parameter.name for parameter in command.params] == []

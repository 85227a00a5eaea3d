"""All commands in a table; what a command needs is imported when it is called, and nothing for the list of them."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from replicate_tui.cli import output


@dataclass(frozen=True, slots=True)
class Listed:
    """A command of the first level: where its function or group of commands is, and what the list says of it."""

    name: str
    module: str
    attribute: str
    help: str
    section: str
    aliases: tuple[str, ...] = ()


_HELP: Final = ["-h", "--help"]

_RUNS: Final = "Runs"
_MODELS: Final = "Models"
_PROGRAM: Final = "This program"

COMMANDS: Final = (
    Listed("run", "run", "create", "Run a model (= prediction create).", _RUNS),
    Listed("stream", "run", "stream", "Run a model and stream its output (= prediction create --stream).", _RUNS),
    Listed("train", "training", "create", "Train a model (= training create).", _RUNS),
    Listed("prediction", "prediction", "app", "Run models, and look after what runs.", _RUNS, ("p", "predictions")),
    Listed("batch", "batch", "batch", "Run a model once for each row of a table.", _RUNS),
    Listed("scaffold", "scaffold", "scaffold", "A project that runs an earlier prediction.", _RUNS),
    Listed("training", "training", "app", "Train models, and look after the trainings.", _RUNS, ("t", "trainings")),
    Listed("history", "history", "app", "What this machine knows of earlier runs.", _RUNS),
    Listed("model", "model", "app", "Find models and read what they take.", _MODELS, ("m", "models")),
    Listed("collection", "collection", "app", "Models that belong together.", _MODELS, ("collections",)),
    Listed(
        "deployment",
        "deployment",
        "app",
        "Models on hardware that is kept for you.",
        _MODELS,
        ("deployments", "d"),
    ),
    Listed("hardware", "hardware", "app", "What models can run on.", _MODELS, ("hw",)),
    Listed("file", "file", "app", "The account's uploaded files, which are kept for 24 hours.", _MODELS, ("files",)),
    Listed("webhook", "webhook", "app", "Receive webhooks, and check whether they are Replicate's.", _PROGRAM),
    Listed("account", "account", "app", "Whose the token is.", _PROGRAM, ("a",)),
    Listed("auth", "auth", "app", "Log in and out.", _PROGRAM),
    Listed("doctor", "doctor", "doctor", "What may be wrong here, and what to do about it.", _PROGRAM),
    Listed("serve", "serve", "serve", "Serve Replicate's HTTP API on this machine.", _PROGRAM),
    Listed("completion", "completion", "completion", "Print a script that completes words in a shell.", _PROGRAM),
    Listed("help", "help_pages", "show", "The manual: of a command, or of a topic.", _PROGRAM),
)


class _Loading(Mapping[str, Any]):
    """The commands by name and alias, imported when they are looked up."""

    def __init__(self) -> None:
        self._listed = {name: each for each in COMMANDS for name in (each.name, *each.aliases)}

    def __getitem__(self, name: str) -> Any:
        return _command(self._listed[name], name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


class Commands(TyperGroup):
    """The program's commands of the first level."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": {}})
        self.commands = cast(MutableMapping[str, Any], _Loading())

    def get_help_option(self, ctx: Any) -> Any:
        """What shows the help."""
        option: Any = super().get_help_option(ctx)
        option.callback = _show_help
        return option

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names without the aliases, as the help orders them."""
        return [each.name for each in COMMANDS]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of them, by section; nothing is imported for it."""
        width = max(len(each.name) for each in COMMANDS)
        for section in dict.fromkeys(each.section for each in COMMANDS):
            with formatter.section(section):
                rows = [(each.name.ljust(width), each.help) for each in COMMANDS if each.section == section]
                formatter.write_dl(rows)


def _command(listed: Listed, name: str) -> Any:
    module = import_module(f"replicate_tui.cli.{listed.module}")
    found = getattr(module, listed.attribute)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        for each in (group, *group.commands.values()):
            _write_help(each)
        return group
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    epilog = getattr(module, f"{listed.attribute.upper()}_EXAMPLES", None) or getattr(module, "EXAMPLES", None)
    single.command(name, help=listed.help, epilog=epilog, context_settings={"help_option_names": _HELP})(found)
    command = get_command(single)
    _write_help(command)
    return command


def _write_help(command: Any) -> None:
    """Let a command write its help as everything else is written: a disk may be full, a reader gone."""
    option = command.get_help_option(typer.Context(command, help_option_names=_HELP))
    option.callback = _show_help


def _show_help(context: typer.Context, _: Any, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        output.line(context.get_help())
        context.exit()

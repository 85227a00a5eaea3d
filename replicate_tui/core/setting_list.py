"""The settings that a person may change: what each is for, what it may be, and where what it is comes from."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from replicate_tui.core.columns import Cell, Column, Tone
from replicate_tui.core.config_file import Config
from replicate_tui.core.config_writing import Value
from replicate_tui.core.settings import Settings
from replicate_tui.core.text import one_line

IN_FILE: Final = "config.toml"
DEFAULT: Final = "default"
GOES_BEFORE: Final = "goes before"
"""The name of the fact that something outside the file decides."""
AT_ONCE: Final = "at once"
NEXT_START: Final = "from the next start on"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a section: what it is called, what it says, where that comes from, and facts about it."""

    key: str
    name: str
    value: str
    origin: str = ""
    tone: Tone = "plain"
    facts: Sequence[tuple[str, str]] = ()


LINES: Final[tuple[Column[Line], ...]] = (
    Column("name", "", 18, lambda line: Cell(one_line(line.name), "strong")),
    Column("value", "", 16, lambda line: Cell(one_line(line.value), line.tone), grow=True),
    Column("origin", "", 11, lambda line: Cell(one_line(line.origin), "muted")),
)
"""How lines are listed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `config.toml`.

    `shown` is its value as a person types it, `default` that of a file without the line. `choices` are the values it
    may have, each with what it means; without any it is typed, and `typed` reads that. `counts` tells from when on.
    """

    path: tuple[str, ...]
    name: str
    about: str
    shown: Callable[[Settings], str]
    default: str
    choices: Mapping[str, str] = field(default_factory=dict)
    typed: Callable[[str], Value] = str
    counts: str = AT_ONCE
    example: str = ""

    @property
    def key(self) -> str:
        """Its path, as one text."""
        return ".".join(self.path)

    @property
    def switches(self) -> bool:
        """Whether it is on or off."""
        return set(self.choices) == {"on", "off"}

    def read(self, text: str) -> Value | None:
        """What a typed text, or a choice, stands for in the file; None takes the line out.

        Raises:
            ValueError: it stands for nothing that may be there.
        """
        if self.switches:
            return text == "on"
        return self.typed(text.strip()) if text.strip() else None


def number(text: str) -> float:
    """The number that a text is. Raises ValueError with a sentence."""
    try:
        value = float(text.replace("$", "").strip())
    except ValueError:
        raise ValueError(f"{one_line(text)} is no number") from None
    return int(value) if value.is_integer() and "." not in text else value


def command(text: str) -> list[str]:
    """A command as words. Raises ValueError with a sentence."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ValueError(f"it cannot be read as a command: {error}") from None


SETTINGS: Final[Mapping[str, Sequence[Setting]]] = {
    "look": (
        Setting(
            ("theme",),
            "theme",
            "The colours of everything; each is shown while you choose.",
            lambda settings: settings.theme or "",
            "replicate-dark",
        ),
        Setting(
            ("images",),
            "pictures",
            "How pictures are drawn in this terminal.",
            lambda settings: settings.images,
            "auto",
            {
                "auto": "graphics where the terminal is known to have them",
                "kitty": "the graphics of kitty, Ghostty, WezTerm, Konsole",
                "sixel": "the graphics of foot, mlterm, xterm and others",
                "blocks": "half blocks, which every terminal has",
                "none": "no pictures, only what is known of them",
            },
            counts=f"blocks and none {AT_ONCE}; graphics {NEXT_START}: the terminal is asked before the screen opens",
        ),
    ),
    "folders": (
        Setting(
            ("archive", "enabled"),
            "keep finished runs",
            "Save every finished run's files here before Replicate deletes them, after an hour.",
            lambda settings: "on" if settings.archive.enabled else "off",
            "on",
            {"on": "the screen saves them by itself", "off": "only what you save with w"},
            counts=NEXT_START,
        ),
        Setting(
            ("archive", "folder"),
            "in this folder",
            "Each run has a folder of its own in it, with its files, its logs and its JSON.",
            lambda settings: str(settings.archive.folder or ""),
            "this program's own, for each profile",
            counts=NEXT_START,
            example="~/replicate",
        ),
        Setting(
            ("archive", "after"),
            "then run",
            "A command for each saved run, without a shell; {folder}, {id} and {model} stand for the run's.",
            lambda settings: shlex.join(settings.archive.after),
            "nothing",
            typed=command,
            counts=NEXT_START,
            example='rclone copy "{folder}" "remote:runs/{id}"',
        ),
    ),
    "notices": (
        Setting(
            ("notices", "how"),
            "tell by",
            "How you learn that a run has ended while you look elsewhere.",
            lambda settings: settings.notices.how,
            "title",
            {
                "title": "the terminal's title",
                "bell": "its title and its bell",
                "desktop": "its title and a notification of the desktop",
                "off": "nothing",
            },
        ),
        Setting(
            ("notices", "after"),
            "after seconds",
            "Only runs that took so many seconds are told of.",
            lambda settings: f"{settings.notices.after:g}",
            "30",
            typed=number,
            example="60",
        ),
    ),
    "runs": (
        Setting(
            ("lifetime",),
            "lifetime",
            "Replicate cancels a run that is not done by then, unless its form names another time.",
            lambda settings: settings.lifetime or "",
            "none: runs may take as long as they do",
            example="5m, or 1h30m",
        ),
        Setting(
            ("budget", "daily"),
            "daily budget",
            "US dollars; a run that would cross it is asked about. What was spent is an estimate.",
            lambda settings: "" if settings.daily_budget is None else f"{settings.daily_budget:g}",
            "none: nothing is asked",
            typed=number,
            example="5.00",
        ),
    ),
}
"""The settings of each section, in their order."""


def line_of(setting: Setting, settings: Settings, config: Config) -> Line:
    """A setting as a line, with what a person should know of it."""
    shown = setting.shown(settings)
    said = setting.path in config.said
    flag = "--images" if setting.key == "images" and settings.flags.images is not None else ""
    facts = [
        ("", setting.about),
        ("may be", ", ".join(setting.choices)),
        ("means", setting.choices.get(shown, "")),
        ("such as", setting.example),
        ("default", setting.default),
        (f"in {IN_FILE}", setting.key),
        ("counts", setting.counts),
        (GOES_BEFORE, f"{flag} {shown} was given at the start; what is set here counts without it" if flag else ""),
    ]
    return Line(
        setting.key,
        setting.name,
        shown or setting.default,
        flag or (IN_FILE if said else DEFAULT),
        "plain" if said or flag else "muted",
        tuple(fact for fact in facts if fact[1]),
    )

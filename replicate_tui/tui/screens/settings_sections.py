"""The sections of the settings: their titles, what each lists, what is said where that is nothing."""

import functools
import os
from collections.abc import Sequence

from textual.binding import Binding

from replicate_tui.core.account_lines import account_lines, price_lines, profile_lines
from replicate_tui.core.config_file import Config
from replicate_tui.core.setting_list import SETTINGS, Line, line_of
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.bindings import bindings
from replicate_tui.tui.screens.settings_keys import key_lines

SECTIONS = {
    "account": "Account",
    "profiles": "Profiles",
    "look": "Look",
    "keys": "Keys",
    "folders": "Folders",
    "notices": "Notices",
    "runs": "Runs",
    "prices": "Prices",
}
"""The sections and their titles."""

NONE = {
    "prices": (
        "No prices of your own: what runs cost is estimated from their hardware and time.\n{settings.new} adds one."
    ),
    "keys": "No action has such a key, name or meaning. {settings.back} ends the search.",
}
"""What is said in the place of the lines; a key is named by its action."""


def section_lines(app: ReplicateApp, section: str, config: Config, search: str = "") -> Sequence[Line]:
    """The lines of a section, as `config` has them now; of the keys, those that `search` finds."""
    settings = app.settings
    match section:
        case "account":
            return tuple(account_lines(settings, app.standing.account, os.environ))
        case "profiles":
            return tuple(profile_lines(settings, config, os.environ))
        case "prices":
            return tuple(price_lines(settings))
        case "keys":
            words = search.casefold().split()
            lines = key_lines(app, _actions(), settings.keys)
            return [line for line in lines if all(word in _searched(line) for word in words)]
    return [line_of(setting, settings, config) for setting in SETTINGS[section]]


@functools.cache
def _actions() -> tuple[Binding, ...]:
    return tuple(bindings())


def _searched(line: Line) -> str:
    return f"{line.name} {line.value} {dict(line.facts)['']}".casefold()

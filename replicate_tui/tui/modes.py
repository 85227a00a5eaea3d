"""The modes: their tabs, their keys, and how each is made when it is first shown."""

import importlib
import sys
from collections.abc import Callable, Mapping

from textual.binding import Binding
from textual.screen import Screen

from replicate_tui.tui.widgets.tab_line import Tab

MODE_TABS = (
    Tab("run", "Run", "mode.run"),
    Tab("predictions", "Predictions", "mode.predictions"),
    Tab("trainings", "Trainings", "mode.trainings"),
    Tab("deployments", "Deployments", "mode.deployments"),
    Tab("hardware", "Hardware", "mode.hardware"),
)
"""The modes, each after its key."""


def _run_screen() -> Screen[None]:
    from replicate_tui.tui.screens.run import RunScreen

    return RunScreen()


def _predictions_screen() -> Screen[None]:
    from replicate_tui.tui.screens.predictions import PredictionsScreen

    return PredictionsScreen()


def _trainings_screen() -> Screen[None]:
    from replicate_tui.tui.screens.trainings import TrainingsScreen

    return TrainingsScreen()


def _deployments_screen() -> Screen[None]:
    from replicate_tui.tui.screens.deployments import DeploymentsScreen

    return DeploymentsScreen()


def _hardware_screen() -> Screen[None]:
    from replicate_tui.tui.screens.hardware import HardwareScreen

    return HardwareScreen()


def _settings_screen() -> Screen[None]:
    from replicate_tui.tui.screens.settings import SettingsScreen

    return SettingsScreen()


def _welcome_screen() -> Screen[None]:
    from replicate_tui.tui.screens.welcome import WelcomeScreen

    return WelcomeScreen()


SCREENS: Mapping[str, Callable[[], Screen[None]]] = {
    "run": _run_screen,
    "predictions": _predictions_screen,
    "trainings": _trainings_screen,
    "deployments": _deployments_screen,
    "hardware": _hardware_screen,
    "settings": _settings_screen,
    "welcome": _welcome_screen,
}
"""What makes the screen of each mode; its module is imported then."""

_NEEDED = ("replicate_tui.core.session", "replicate_tui.tui.screens.run")
"""The modules with which all those come that the Run mode is made of: reading them is half of a start."""


def is_read() -> bool:
    """Whether the Run mode can be shown at once."""
    return all(name in sys.modules for name in _NEEDED)


def read_run_mode() -> None:
    """Import what the Run mode is made of."""
    for name in _NEEDED:
        importlib.import_module(name)


KEYS = (
    Binding("1", "show_mode('run')", "Run", tooltip="Find a model, fill its form, run it", id="mode.run", show=False),
    Binding(
        "2",
        "show_mode('predictions')",
        "Predictions",
        tooltip="Everything that ran",
        id="mode.predictions",
        show=False,
    ),
    Binding("3", "show_mode('trainings')", "Trainings", tooltip="Everything trained", id="mode.trainings", show=False),
    Binding(
        "4",
        "show_mode('deployments')",
        "Deployments",
        tooltip="Models on hardware kept for you",
        id="mode.deployments",
        show=False,
    ),
    Binding(
        "5",
        "show_mode('hardware')",
        "Hardware",
        tooltip="What models run on, and what it costs",
        id="mode.hardware",
        show=False,
    ),
)
"""The digit keys."""

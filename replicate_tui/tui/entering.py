"""The ways into another account or profile: the session begins anew, the screen and what was typed stay."""

import asyncio
from typing import TYPE_CHECKING, Final

from textual.content import Content

from replicate_tui.core import logins
from replicate_tui.core import settings as settings_module
from replicate_tui.core.config_file import DEFAULT_PROFILE
from replicate_tui.core.credentials import VARIABLE, UnreadableHosts
from replicate_tui.core.logins import Login
from replicate_tui.core.settings import Settings, SettingsError
from replicate_tui.core.text import one_line
from replicate_tui.tui.terminal_app import end_workers

if TYPE_CHECKING:
    from textual.app import App

    from replicate_tui.tui.app import ReplicateApp

OUTLIVE: Final = frozenset({"session", "log-in", "setting", "leave"})
"""Workers that do not ask the session for anything."""


def remote_settings(now: Settings) -> Settings:
    """The settings to log in with: those of the profile that is used, or of the first one of the local server's.

    Raises:
        SettingsError: a line about it cannot be used.
    """
    return settings_module.for_profile(now, DEFAULT_PROFILE) if now.local else now


async def settle(app: "App[int]") -> None:
    """Let what was typed be kept where it belongs, and end what is asked of the session that is about to end."""
    from replicate_tui.tui.screens.kept_form import KeptForm

    for stack in app._screen_stacks.values():  # the modes that are not shown have forms, too
        for form in [form for screen in stack for form in screen.query(KeptForm)]:
            form.keep_draft()
    if drafts := [worker for worker in app.workers if worker.group == "draft"]:
        await app.workers.wait_for_complete(drafts)
    await end_workers(worker for worker in list(app.workers) if worker.group not in OUTLIVE)


async def may_enter(app: "ReplicateApp", verb: str) -> bool:
    """Whether nothing would be lost by another session, or the person agrees to that."""
    if not app.is_sending:
        return True
    from replicate_tui.tui.screens.confirm import Confirm

    question = Content.assemble(app.unsent(), f" {verb.capitalize()}?")
    agreed: bool = await app.push_screen_wait(Confirm(question, verb, "stay here"))
    return agreed


async def enter_profile(app: "ReplicateApp", profile: str) -> None:
    """Go over to a profile, once nothing would be lost by it. Raises SettingsError, DatabaseError."""
    wanted = await asyncio.to_thread(settings_module.for_profile, app.settings, profile)
    if await may_enter(app, "switch"):
        if app.settings.token is not None:
            app.came_from = app.settings.profile if app.settings.profile != profile else ""
        await _go_on(app, wanted)


async def go_over(app: "ReplicateApp", profile: str) -> None:
    """Go on with a profile at once, and say so. Raises SettingsError, DatabaseError: the screen stays where it is."""
    app.came_from = ""
    await _go_on(app, await asyncio.to_thread(settings_module.for_profile, app.settings, profile))


async def _go_on(app: "ReplicateApp", wanted: Settings) -> None:
    from replicate_tui.core.history.opening import check

    if wanted.token is not None:
        await asyncio.to_thread(check, wanted.database_file)
    app.begin(wanted, stay=True)
    if wanted.token is not None:
        app.notify(f"Profile {wanted.profile}: {'models of this machine' if wanted.local else wanted.host}")


def entered(app: "ReplicateApp", asked: Settings, login: Login) -> None:
    """Go on as the one who logged in, and say so."""
    name, host = one_line(login.account.username), asked.host
    try:
        wanted = settings_module.for_profile(app.settings, asked.profile)
    except SettingsError as error:
        app.notify(f"Logged in to {host} as {name}, from the next start on: {error}", severity="warning", timeout=15)
        return
    app.begin(wanted, stay=True)
    if login.overridden:
        app.notify(
            f"The token of {name} is kept in {login.path}, but {VARIABLE} is set and goes before it: "
            "unset it and start again",
            severity="warning",
            timeout=20,
        )
    else:
        app.notify(f"Logged in to {host} as {name}; the token is in {login.path}")


async def log_out(app: "ReplicateApp") -> None:
    """Forget the token of this host, after a question. Raises SettingsError, OSError."""
    from replicate_tui.tui.screens.confirm import Confirm

    settings = app.settings
    settings.require_writes("forget a token")
    question = Content.from_markup(
        "Log out of [b]$host[/b]? The official command line is logged out, too. Histories and saved runs stay.",
        host=one_line(settings.host),
    )
    if not await app.push_screen_wait(Confirm(question, "log out", "stay logged in")) or not await may_enter(
        app, "log out"
    ):
        return
    try:
        path = await asyncio.to_thread(logins.log_out, settings)
    except UnreadableHosts as error:
        raise SettingsError(str(error)) from None
    wanted = settings_module.for_profile(settings, settings.profile)
    app.came_from = ""
    app.notify(f"Logged out of {settings.host}" + (f": the token is gone from {path}" if path is not None else ""))
    app.begin(wanted, stay=True)

"""The application's session: opened beside the screens, told to them, changed for another under them."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import work
from textual.signal import Signal
from textual.worker import WorkerFailed

from replicate_tui.api.errors import ReplicateError
from replicate_tui.core import settings as settings_module
from replicate_tui.core.config_file import Config
from replicate_tui.core.settings import LOCAL_PROFILE, Settings
from replicate_tui.core.text import clean, spent, waiting
from replicate_tui.tui import attention
from replicate_tui.tui.images import Drawing
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.opening_app import OpeningApp
from replicate_tui.tui.standings import connected
from replicate_tui.tui.widgets.status_bar import Standing

if TYPE_CHECKING:
    from replicate_tui.core.history.store import Connection
    from replicate_tui.core.session import Session
    from replicate_tui.core.watching.notices import Notices

GATHER_TIME = 0.1
"""Seconds for which changed runs are gathered before the screens redraw them."""


class SessionApp(OpeningApp):
    """An application with a session, None while there is none, and what is told of it: the standing and its changes.

    What the session is made of is imported behind the first picture.
    """

    def __init__(self, settings: Settings, drawing: Drawing | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.drawing = drawing or Drawing()
        self.session: Session | None = None
        self.standing = Standing(host=settings.host, read_only=settings.read_only)
        self.session_opened: Signal[Session] = Signal(self, "session-opened")
        self.runs_changed: Signal[frozenset[str]] = Signal(self, "runs-changed")
        self.models_changed: Signal[frozenset[str]] = Signal(self, "models-changed")
        self.standing_changed: Signal[Standing] = Signal(self, "standing-changed")
        self._changed: set[str] = set()
        self._notices: Notices | None = None
        self._session_task: asyncio.Task[None] | None = None

    @property
    def has_token(self) -> bool:
        """Whether a session can be opened."""
        return self.settings.token is not None

    def begin(self, settings: Settings, *, stay: bool = False) -> None:
        """Start with these settings: the Run mode, or the way in when there is no token.

        With `stay` the mode that is shown stays, if it is one of those that need a session.
        """
        self.settings = settings
        self.standing = Standing()
        self._stand(host=settings.host, read_only=settings.read_only)
        if settings.token is None:
            self.switch_mode("welcome")
        elif (not stay or self.current_mode == "welcome") and not self.is_opening:
            self.switch_mode("run")
        self._serve_session()

    def renew(self, config: Config) -> None:
        """Go on with what `config.toml` says now; what cannot change while the screen is open counts later."""
        before, self.settings = self.settings, settings_module.renewed(self.settings, config)
        if self.settings.theme != before.theme:
            self.wear(self.settings.theme)
        if self.settings.keys != before.keys:
            self.set_keymap(dict(self.settings.keys))
        if self.settings.images in ("blocks", "none"):
            self.drawing = Drawing(self.settings.images)
        if self._notices is not None:
            self._notices.after = self.settings.notices.after
        if self.session is not None:
            self.session.renew(self.settings)
        self.count_down()

    @property
    def _way_in(self) -> str:
        """What helps where the token is refused."""
        return "" if self.settings.local else with_keys(self, "{app.log_in} logs in")

    def begin_local(self) -> None:
        """Start anew on the local server."""
        self.begin(settings_module.for_profile(self.settings, LOCAL_PROFILE))

    @work(group="session", exclusive=True)
    async def _serve_session(self) -> None:
        """Keep a session open for as long as the app runs; the one before is closed first.

        Workers are cancelled while widgets still show what the session knows: it is a task of its own.
        """
        if self.session is not None:
            await self._hold_still()
        await self._end_session()
        if self.settings.token is not None:
            self._session_task = asyncio.create_task(self._hold_session())
            await asyncio.shield(self._session_task)

    async def _hold_still(self) -> None:
        """Before a session ends under an open screen: nothing may be asked of it until there is another one."""
        from replicate_tui.tui import entering
        from replicate_tui.tui.screens.one_moment import OneMoment

        if self.settings.token is not None and not isinstance(self.screen, OneMoment):
            await self.push_screen(OneMoment(self.settings.host))
        await entering.settle(self)

    async def _hold_session(self) -> None:
        from replicate_tui.core.embedded import EmbeddedError
        from replicate_tui.core.history.history_file import DatabaseError
        from replicate_tui.core.session import open_session

        try:
            async with open_session(self.settings, screen=True) as session:
                try:
                    await self._use(session)
                finally:
                    self.session = None
        except (DatabaseError, EmbeddedError, ReplicateError) as error:
            self._end_with(error)

    def _end_with(self, error: Exception) -> None:
        from rich.text import Text

        self.exit(2, message=Text(clean(str(error))))

    def _handle_exception(self, error: Exception) -> None:
        """A history file that breaks under the screen ends it with a sentence, as one that cannot be opened."""
        from replicate_tui.core.history.opening import DatabaseError

        cause = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(cause, DatabaseError):
            self._end_with(cause)
        else:
            super()._handle_exception(error)

    async def _end_session(self) -> None:
        """Let the session finish what it writes, and close what it opened."""
        if self._session_task is not None:
            self._session_task.cancel()
            await asyncio.wait([self._session_task])

    async def on_unmount(self) -> None:
        """Close the session when nothing shows it any more, before the loop ends."""
        attention.restore_title(self)
        await self._end_session()

    async def _use(self, session: "Session") -> None:
        from replicate_tui.core.watching.notices import Notices, words

        self.session = session
        session.store.subscribe(self._run_changed)
        session.store.subscribe_connection(self._connection_changed)
        if session.archive is not None:
            session.archive.tell = self._not_kept
        session.queue.changed = self.count_down
        session.catalog.changed = self.models_changed.publish
        session.warn(partial(self.notify, severity="warning", timeout=30))
        self._notices = Notices(
            session.store,
            self.settings.notices.after,
            lambda row: attention.call(self, self.settings.notices.how, words(row)),
        )
        self._stand(running=len(session.store.active), account=session.account_name)
        self.session_opened.publish(session)
        if self.is_opening:
            await self.switch_mode("run")
            self.call_after_refresh(self._give_back)
        await session.connect()
        session.start()
        await session.watch()

    def _not_kept(self, run_id: str, reason: str) -> None:
        self.notify(reason, title=f"{run_id} is not kept", severity="warning", timeout=15)

    # -- what changed ------

    def _run_changed(self, run_id: str) -> None:
        if not self._changed:
            self.set_timer(GATHER_TIME, self._publish)
        self._changed.add(run_id)

    def _publish(self) -> None:
        changed, self._changed = frozenset(self._changed), set()
        if self.session is not None:
            self._stand(running=len(self.session.store.active), account=self.session.account_name)
        self.runs_changed.publish(changed)

    def _connection_changed(self, _: "Connection") -> None:
        was_refused = self.is_refused
        self.count_down()
        if self.is_refused and not was_refused:
            self.notify(
                f"{self.settings.host} does not take this token: {self._way_in}", severity="warning", timeout=15
            )
        self.refresh_bindings()

    def count_down(self) -> None:
        """Tell how long it is until the next run's turn, and until the API is asked again; and what today cost."""
        if self.session is not None:
            queue, session = self.session.queue, self.session
            state, reason, soon = connected(session.store.connection, session.pause, self._way_in)
            waits = waiting(len(queue.waiting), queue.delay)
            self._stand(connection=state, reason=reason, next_try=soon, queue=waits, spent=self._spent())

    @property
    def is_refused(self) -> bool:
        """Whether the API does not take the token."""
        return self.standing.connection == "unauthorized" and not self.settings.local

    def _spent(self) -> str:
        if self.session is None or self.settings.local:
            return ""
        today = self.session.costs.today()
        return spent(today.usd, today.priced, today.unpriced)

    def _stand(self, **changes: Any) -> None:
        standing = replace(self.standing, **changes)
        if standing != self.standing:
            if attention.title(standing) != attention.title(self.standing):
                attention.set_title(self, attention.title(standing))
            self.standing = standing
            self.standing_changed.publish(standing)

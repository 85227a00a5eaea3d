"""The app as its screens know it: ours, with a session open."""

from textual import getters
from textual.message_pump import MessagePump

from replicate_tui.core.session import Session
from replicate_tui.tui.app import ReplicateApp


class WithSession(MessagePump):
    """A screen, or a part of one, whose verbs can be reached only once the session is there."""

    app = getters.app(ReplicateApp)

    @property
    def session(self) -> Session:
        """The open session."""
        session = self.app.session
        assert session is not None
        return session

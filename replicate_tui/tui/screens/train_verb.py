"""Begin a training from wherever a model or an earlier training is shown."""

from collections.abc import Mapping, Sequence

from textual import work
from textual.screen import Screen

from replicate_tui.core.history.runs import Run
from replicate_tui.core.models.target import Target
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.with_session import WithSession


class TrainVerb(WithSession, Screen[None]):
    """A screen from which a training can be begun."""

    @work(group="train", exclusive=True)
    async def begin_training(
        self,
        what: Target,
        raw: Mapping[str, object] | None = None,
        destination: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        """Have the form of a training filled in; go to the training that comes of it."""
        from replicate_tui.tui.screens.train_form import TrainForm

        form = TrainForm(what, raw or {}, destination, notes)
        with reporting(self, "Train"):
            self.session.settings.require_writes("train a model")
            run: Run | None = await self.app.push_screen_wait(form)
            if run is not None:
                self.app.switch_mode("trainings")
                self.app.training_wanted.publish(run.id)

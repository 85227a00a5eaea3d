"""The Session's verbs on looking around among models: favourites, what ran lately, a model's page."""

import time
from pathlib import Path

from replicate_tui.api.resources import Model
from replicate_tui.core.models.model_page import ModelPage, model_page
from replicate_tui.core.parts import Parts


class BrowsingVerbs(Parts):
    """Answers what a person has at hand."""

    async def turn_favourite(self, model: str) -> bool:
        """Make the model `owner/name` a favourite, or have it be none any more; whether it is one now.

        Raises:
            DatabaseError: the history file cannot be written.
        """
        if model in self.favourites.all():
            await self.favourites.remove(model)
            return False
        await self.favourites.add(model)
        return True

    def recent_models(self) -> tuple[str, ...]:
        """The models that the account ran, as `owner/name`, the one that ran last first."""
        return self._recent.all()

    def model_page(self, model: Model) -> ModelPage:
        """What is told of a model on one page."""
        name = model.full_name
        return model_page(
            model,
            time.time(),
            rate=self.costs.rate(name),
            usual=self.usual.times(name),
            favourite=name in self.favourites.all(),
        )

    async def cover(self, url: str) -> Path:
        """Where the picture of a model is on this machine, fetched if need be.

        Raises:
            NoCover: its address is none that is asked, or it is too large.
            ReplicateError: it was refused, or cut.
            OSError: it cannot be written.
        """
        return await self.covers.fetch(url)

"""The Session's verbs that find: models, versions, what to run, what an old run was made of."""

from urllib.parse import urlsplit

from replicate_tui.api.reference import Reference, parse
from replicate_tui.api.resources import Model, Prediction, Version
from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.runs import Run
from replicate_tui.core.kept_forms.drafts import Draft
from replicate_tui.core.models.finding import Remixed
from replicate_tui.core.models.model_tabs import Listed
from replicate_tui.core.models.target import Target
from replicate_tui.core.parts import Parts


class FindingVerbs(Parts):
    """Answers what is there to be run."""

    def reference(self, text: str) -> Reference:
        """What a text that was typed or pasted names; addresses of our own server's pages are read too.

        Raises:
            InvalidReference: it names nothing on Replicate.
        """
        return parse(text, pages=urlsplit(self.client.base_url).netloc)

    async def model(self, reference: Reference) -> Model:
        """The model that a reference names.

        Raises:
            CannotRun: it names something else.
        """
        return await self.finder.model(reference)

    async def version(self, reference: Reference) -> tuple[Model, Version]:
        """The model and version that a reference names; without a version its latest.

        Raises:
            CannotRun: it names something else, or the model has no version yet.
        """
        return await self.finder.version(reference)

    async def target(self, reference: Reference | str) -> Target:
        """What to run for a reference, or for what a person typed, with its inputs.

        A name is a model's if there is one, else a deployment's; a run's id means what it ran.

        Raises:
            CannotRun: it names nothing that can be run.
        """
        return await self.finder.target(self.reference(reference) if isinstance(reference, str) else reference)

    async def retarget(self, target: Target, options: RunOptions) -> Target:
        """What to run instead of `target` once these options pin a version or name a deployment, or no longer do.

        Raises:
            CannotRun: the deployment runs another model.
        """
        return await self.finder.retarget(target, options)

    async def remix(self, what: Run | Reference | str) -> Remixed:
        """A run's inputs and options, ready for a form; `what` is the run, or what names it.

        Raises:
            CannotRun: it names no run, or the run does not tell what it ran.
        """
        if isinstance(what, str):
            what = self.store.run(what) or self.reference(what)
        return await self.finder.remix(what)

    def draft_fields(self, draft: Draft) -> tuple[Field, ...] | None:
        """The fields of the version that a draft was made for; None where nobody remembers them."""
        return self.drafts.fields_of(draft)

    async def versions(self, model: str, *, more: bool = False, fresh: bool = False) -> Listed[Version]:
        """The versions of `owner/name` so far, newest first; `more` reads another page, `fresh` asks anew."""
        return await self.tabs.versions(model, more=more, fresh=fresh)

    async def examples(self, model: str, *, more: bool = False, fresh: bool = False) -> Listed[Prediction]:
        """The runs that the author of `owner/name` keeps as examples; `more` and `fresh` as for versions."""
        return await self.tabs.examples(model, more=more, fresh=fresh)

    async def readme(self, model: str, *, fresh: bool = False) -> str | None:
        """The readme of `owner/name` as Markdown; None if there is none."""
        return await self.tabs.readme(model, fresh=fresh)

"""The form of a deployment, new or changed: judged field by field, with what an hour of it costs."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from replicate_tui.api.errors import NotFound
from replicate_tui.api.reference import Reference
from replicate_tui.api.resources import Deployment
from replicate_tui.core.costs.hardware_guide import Choice
from replicate_tui.core.costs.instance_costs import HourlyCost, at_least, at_most
from replicate_tui.core.forms import deployment_fields
from replicate_tui.core.forms.deployment_fields import HARDWARE, MODEL, NAME, Asked, instances
from replicate_tui.core.text import one_line
from replicate_tui.core.verbs.deploying import Wanted
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.widgets.editors.names import NameEditor
from replicate_tui.tui.widgets.fact_lines import MUTED, Fact, fact_lines
from replicate_tui.tui.widgets.input_form import InputForm

MARGIN = 6
"""Cells beside the text of the box."""


class DeploymentForm(WithSession, ModalScreen[Deployment | None]):
    """Makes a deployment, or changes the one that it `edits`; its result is that deployment as it is then, or None.

    `choices` is the hardware that there is, `hardware` the sku that is chosen to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "save", "send", id="deployment_form.save", tooltip="Send this to the API"),
        Binding("f9", "pick", "hardware", id="deployment_form.pick", tooltip="Pick hardware by its prices"),
        Binding("escape", "leave", "back", id="deployment_form.leave", tooltip="Leave without sending anything"),
    ]

    DEFAULT_CSS = """
    DeploymentForm {
        align: center middle;
        & > Vertical {
            width: 84;
            max-width: 100%;
            height: 27;
            max-height: 100%;
            padding: 0 2;
            border: round $primary;
            border-title-color: $primary;
            background: $surface;
        }
        & Static { height: auto; margin: 1 0 0 0; }
    }
    """

    def __init__(self, choices: Sequence[Choice], *, edits: Deployment | None = None, hardware: str = "") -> None:
        super().__init__()
        self._choices = {choice.hardware.sku: choice for choice in choices}
        self._edits = edits
        values = deployment_fields.values(edits) if edits is not None else {HARDWARE: hardware} if hardware else {}
        skus = [*self._choices]
        if isinstance(now := values.get(HARDWARE), str) and skus and now not in skus:
            skus.append(now)  # it runs on what is not offered any more
        self.form = InputForm(
            deployment_fields.fields(skus, new=edits is None),
            values,
            id="deployment-fields",
            editors={MODEL: lambda field: NameEditor(field, self._models)},
        )
        self._begun = self.form.raw
        self._price = Static(id="deployment-price", markup=False)
        self._keys = Static(markup=False)
        self._sending = False

    def compose(self) -> ComposeResult:
        """The fields, what they cost, and the keys."""
        with Vertical() as box:
            box.border_title = Content(self._heading)
            yield self.form
            yield self._price
            yield self._keys

    def on_mount(self) -> None:
        """Begin in the first field."""
        self._tell_price()
        self._tell_keys("")
        self.form.focus_field()

    def on_resize(self) -> None:
        """Lines may wrap differently now."""
        self._tell_price()

    @on(InputForm.FieldFocused)
    def _field_focused(self, event: InputForm.FieldFocused) -> None:
        self._tell_keys(event.field.name)

    def _tell_keys(self, field: str) -> None:
        """Tell the keys; one of them offers models where a model is typed."""
        offers = ("{form.offer}", "models seen") if field == MODEL else ("{deployment_form.pick}", "pick hardware")
        does = "create it" if self._edits is None else "change it"
        self._keys.update(
            hints(self.app, ("{deployment_form.save}", does), offers, ("{deployment_form.leave}", "close"))
        )

    @property
    def _heading(self) -> str:
        if self._edits is None:
            return "New deployment"
        release = self._edits.current_release
        model = release.model if release is not None else None
        return f"Edit {one_line(self._edits.full_name)}" + (f", which runs {one_line(model)}" if model else "")

    def _models(self, words: str) -> list[str]:
        """The names of the models seen that words may mean."""
        return [row.name for row in self.session.catalog.find(words)]

    # -- what it costs ------

    @on(InputForm.Changed)
    def _changed(self) -> None:
        self._tell_price()

    def _tell_price(self) -> None:
        least, most = instances(self.form.raw)
        sku = self.form.raw.get(HARDWARE)
        facts = []
        if isinstance(sku, str) and sku and least is not None and most is not None:
            cost = self._cost(sku, least, most)
            facts = [
                Fact(f"at most {most}", at_most(cost, most)),
                Fact(f"at least {least}", at_least(cost, least), "$text-warning" if least else ""),
                Fact("", cost.basis, MUTED),
            ]
        self._price.display = bool(facts)
        self._price.update(fact_lines(facts, max(self.size.width and min(84, self.size.width) - MARGIN, 20)))

    def _cost(self, sku: str, least: int, most: int) -> HourlyCost:
        return self.session.hourly(self._full_name, sku, least, most)

    @property
    def _full_name(self) -> str:
        if self._edits is not None:
            return self._edits.full_name
        name = str(self.form.raw.get(NAME, "")).strip()
        return name if "/" in name else f"{self.session.account_name}/{name}"

    # -- hardware ------

    def action_pick(self) -> None:
        """Pick hardware from the table with its prices."""
        if self._choices:
            self._pick()
        else:
            self.notify("The list of hardware is not here yet: type the sku", severity="warning")

    @work(group="pick", exclusive=True)
    async def _pick(self) -> None:
        from replicate_tui.tui.screens.hardware import HardwarePicker

        now = self.form.raw.get(HARDWARE)
        picker = HardwarePicker(tuple(self._choices.values()), now if isinstance(now, str) else "")
        sku: str | None = await self.app.push_screen_wait(picker)
        if sku is not None:
            self.form.set_value(HARDWARE, sku)
            self.form.errors = {name: words for name, words in self.form.errors.items() if name != HARDWARE}
            self.form.focus_field(HARDWARE)
            self._tell_price()

    # -- leaving ------

    @on(InputForm.Left)
    def _form_left(self) -> None:
        self.action_leave()

    def action_leave(self) -> None:
        """Leave; ask first where something was typed."""
        if self.form.raw == self._begun:
            self.dismiss(None)
        elif not self._sending:
            self._leave()

    @work(group="leave-form", exclusive=True)
    async def _leave(self) -> None:
        question = Content("Throw away what was typed? Nothing was sent.")
        if await self.app.push_screen_wait(Confirm(question, "throw it away", "keep typing")):
            self.dismiss(None)

    # -- sending ------

    @on(InputForm.Submitted)
    def _submitted(self) -> None:
        self.action_save()

    def action_save(self) -> None:
        """Judge the fields, and send what they say."""
        if self._sending:
            return
        asked, errors = deployment_fields.read(self.form.fields, self.form.raw)
        self.form.errors = errors
        if asked is not None:
            self._save(asked)

    @work(group="deployment", description="save")
    async def _save(self, asked: Asked) -> None:
        self._sending = True
        try:
            if not await self._agreed(asked):
                return
            with reporting(self, "Not created" if self._edits is None else "Not changed"):
                try:
                    done = await (self._create(asked) if self._edits is None else self._update(self._edits, asked))
                except NotFound as error:
                    if self._edits is not None:
                        raise
                    self.form.errors = {MODEL: str(error)}
                except ValueError as error:
                    self.form.errors = {"": str(error)}
                else:
                    self.dismiss(done)
        finally:
            self._sending = False

    async def _agreed(self, asked: Asked) -> bool:
        """Whether no more stands ready than does already, or the person wants to pay for it."""
        cost = self._cost(asked.hardware, asked.least, asked.most)
        if asked.least == 0 or cost.is_free or not self._costs_more(cost):
            return True
        ready = "One instance stands" if asked.least == 1 else f"{asked.least} instances stand"
        question = Content.assemble(
            f"{ready} ready for ",
            (one_line(self._full_name), "bold"),
            f": {at_least(cost, asked.least)}.\n",
            (f"({cost.basis})", MUTED),
        )
        agreed: bool = await self.app.push_screen_wait(Confirm(question, "go ahead", "back to the form"))
        return agreed

    def _costs_more(self, cost: HourlyCost) -> bool:
        if self._edits is None or cost.least is None:
            return True
        release = self._edits.current_release
        now = release.configuration if release is not None else None
        if now is None:
            return True
        before = self.session.hourly(self._full_name, now.hardware, now.min_instances or 0, 0).least
        return before is None or cost.least > before

    async def _create(self, asked: Asked) -> Deployment:
        reference = await self.session.deployment_reference(asked.name)
        made = await self.session.create_deployment(
            reference, Wanted(asked.model, asked.version, asked.hardware, asked.least, asked.most)
        )
        self.notify(f"{made.full_name} is made")
        return made

    async def _update(self, edits: Deployment, asked: Asked) -> Deployment:
        release = edits.current_release
        model = release.model if release is not None and asked.version is None else None
        wanted = Wanted(model, asked.version, asked.hardware, asked.least, asked.most)
        reference = Reference("deployment", edits.owner, edits.name)
        now, changed = await self.session.update_deployment(reference, wanted)
        self.notify(
            f"{now.full_name} is changed" if changed else f"{now.full_name} is like that already; nothing was sent"
        )
        return now

"""Deployments mode: models on hardware kept for the account, made, scaled, changed, run and deleted from here."""

from collections.abc import Sequence
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from replicate_tui.api.resources import Deployment
from replicate_tui.core import text
from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.resource_columns import DEPLOYMENTS
from replicate_tui.core.run_columns import RUNS
from replicate_tui.core.session import Session
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.screens.deployment_verbs import DeploymentVerbs, state
from replicate_tui.tui.widgets.deployment_facts import deployment_facts
from replicate_tui.tui.widgets.fact_lines import Fact
from replicate_tui.tui.widgets.fact_pane import FactPane
from replicate_tui.tui.widgets.resource_table import ResourceTable

NONE_YET = (
    "No deployments yet.\n\n"
    "A deployment keeps a model for you, on hardware of your choice: some instances that stand ready, "
    "and as many more as it takes, up to the most that you allow.\n\n"
    "{deployment.new} makes the first. While none stands ready, it costs nothing until it runs."
)
NONE_READ_ONLY = (
    "No deployments yet.\n\nThis screen is read-only: without --read-only, {deployment.new} makes the first."
)
NONE_RAN = "None in the history. {deployment.run} opens its form."
RECENT = 50
"""How many of a deployment's runs are listed."""
COLUMNS = tuple(
    replace(column, width={"name": 20, "model": 18}.get(column.key, column.width), grow=column.key in ("name", "model"))
    for column in DEPLOYMENTS
)
"""The columns of deployments, narrow enough to show the hardware on a small screen."""
RUN_COLUMNS = tuple(column for column in RUNS if column.key in ("mark", "status", "what", "time", "age"))


class DeploymentsScreen(DeploymentVerbs):
    """The deployments over all that is known of the one with the cursor."""

    MODE = "deployments"
    INTERVAL = 15.0

    DEFAULT_CSS = """
    DeploymentsScreen {
        & #deployments-pane { height: 2fr; min-height: 6; }
        & #deployment-parts { height: 3fr; }
        & #deployment-pane { width: 1fr; height: 1fr; }
        & #deployment-runs-pane { width: 1fr; height: 1fr; }
        &.-narrow #deployments-pane { height: 1fr; min-height: 5; }
        &.-narrow #deployment-parts { layout: vertical; }
        &.-narrow #deployment-pane { height: 2fr; }
        &.-narrow #deployment-runs-pane { height: 1fr; min-height: 5; }
        &.-empty #deployment-parts { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._deployments: dict[str, Deployment] = {}
        self._known = False

    def compose_panes(self) -> ComposeResult:
        """The table over one deployment and its runs."""
        with Vertical(id="deployments-pane", classes="pane -shown"):
            yield ResourceTable(COLUMNS, id="deployments", cursor_follows="top", drops=("version", "age", "release"))
        with Horizontal(id="deployment-parts"):
            yield FactPane(id="deployment-pane", classes="pane -shown")
            with Vertical(id="deployment-runs-pane", classes="pane -shown"):
                yield ResourceTable(RUN_COLUMNS, id="deployment-runs", drops=("age", "time"), cursor_follows="top")

    def on_mount(self) -> None:
        """Name the panes and begin in the table."""
        self.query_one("#deployments-pane").border_title = "Deployments"
        self.query_one("#deployment-runs-pane").border_title = "Its runs"
        self.app.runs_changed.subscribe(self, self._runs_changed)
        self.table.focus()

    @property
    def table(self) -> ResourceTable[Deployment]:
        """The table of deployments."""
        return self.query_one("#deployments", ResourceTable)

    @property
    def runs(self) -> ResourceTable[RunRow]:
        """The runs of the deployment with the cursor."""
        return self.query_one("#deployment-runs", ResourceTable)

    @property
    def current(self) -> Deployment | None:
        """The deployment with the cursor."""
        return self._deployments.get(self.table.cursor_key or "")

    # -- showing ------

    def forget(self) -> None:
        """Another account's deployments are not ours."""
        self._deployments, self._known = {}, False

    async def fetch(self, session: Session) -> None:
        """Ask for the account's deployments."""
        found = await session.all_deployments()
        self._deployments = {each.full_name: each for each in found}
        self._known = True

    def show(self) -> None:
        """List the deployments, and show the one with the cursor."""
        self.set_class(not self._deployments, "-empty")
        self.table.empty_text = self._nothing
        number = len(self._deployments)
        self.query_one("#deployments-pane").border_subtitle = f"{number} · newest first" if number else ""
        self.table.show(tuple(self._deployments), self._deployments.get)
        self._show_current()

    @property
    def _nothing(self) -> Content | str:
        none = NONE_READ_ONLY if self.session.settings.read_only else NONE_YET
        return self.nothing(with_keys(self.app, none), known=self._known)

    def _show_current(self) -> None:
        deployment = self.current
        pane = self.query_one("#deployment-pane", FactPane)
        pane.border_title = Content(text.one_line(deployment.full_name)) if deployment is not None else ""
        pane.show(self._facts(deployment) if deployment is not None else ())
        ids = self.session.deployment_runs(deployment, RECENT) if deployment is not None else []
        self.runs.empty_text = with_keys(self.app, NONE_RAN)
        self.runs.show(tuple(ids), self.session.store.row)
        self.refresh_bindings()

    def _facts(self, deployment: Deployment) -> Sequence[Sequence[Fact]]:
        _, now = state(deployment)
        cost = self.session.hourly(deployment.full_name, now.hardware, now.min_instances or 0, now.max_instances or 0)
        return deployment_facts(
            deployment, cost, self.session.releases_before(deployment), self.session.deployment_page(deployment)
        )

    def _runs_changed(self, changed: frozenset[str]) -> None:
        if self.is_current and self.app.session is not None:
            self._show_current()
            self.runs.refresh_keys(changed)

    @on(ResourceTable.Highlighted, "#deployments")
    def _highlighted(self) -> None:
        if self.app.session is not None:
            self._show_current()

    @on(ResourceTable.Selected, "#deployments")
    def _selected(self) -> None:
        self.action_run()

    @on(ResourceTable.Selected, "#deployment-runs")
    def _run_selected(self, event: ResourceTable.Selected) -> None:
        """Take the run's inputs to the form, as remix does elsewhere."""
        run = self.session.store.run(event.key)
        if run is not None:
            self.app.switch_mode("run")
            self.app.remix_wanted.publish(run)

    def hold(self, deployment: Deployment) -> None:
        """Show a deployment as it was answered, before the list is asked again; a new one comes first."""
        there = deployment.full_name in self._deployments
        told = {deployment.full_name: deployment}
        self._deployments = self._deployments | told if there else told | self._deployments
        self._known = True
        self.show()
        self.table.move_to(deployment.full_name)

    def drop(self, deployment: Deployment) -> None:
        """A deployment is gone."""
        self._deployments = {name: each for name, each in self._deployments.items() if name != deployment.full_name}
        self.show()

    def action_back(self) -> None:
        """Back to the table of deployments."""
        self.table.focus()

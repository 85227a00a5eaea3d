"""What can be done with the deployment that has the cursor: run it, change it, scale it, delete it, see its page."""

import asyncio
import contextlib
from abc import abstractmethod
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.api.errors import InvalidInput, ReplicateError, Unauthorized
from replicate_tui.api.reference import Reference
from replicate_tui.api.resources import Configuration, Deployment, Release
from replicate_tui.core import browser
from replicate_tui.core.text import one_line
from replicate_tui.core.verbs.deploying import Wanted
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.deployment_form import DeploymentForm
from replicate_tui.tui.screens.resource_screen import ResourceScreen
from replicate_tui.tui.screens.scale import Instances, Scale
from replicate_tui.tui.screens.type_name import TypeName

OF_ONE = frozenset({"run", "edit", "scale", "delete", "open"})
"""Actions that need a deployment."""
DELETABLE = "Replicate deletes it once it has been off and unused for 15 minutes."
DELETABLE_HERE = "On this machine it is deleted at once when it is off."


def state(deployment: Deployment) -> tuple[Release, Configuration]:
    """The current release and what it runs on, as far as they are told."""
    release = deployment.current_release or Release(raw={})
    return release, release.configuration or Configuration(raw={})


class DeploymentVerbs(ResourceScreen):
    """A screen that shows deployments, and the verbs on them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", "form", id="deployment.run", tooltip="Open the form of its model, to run it there"),
        Binding("n", "new", "new", id="deployment.new", tooltip="Make a deployment"),
        Binding("e", "edit", "edit", id="deployment.edit", tooltip="Another version, other hardware, other numbers"),
        Binding(
            "plus", "scale(1, 0)", "more", id="deployment.more", key_display="+", tooltip="Allow one instance more"
        ),
        Binding(
            "minus", "scale(-1, 0)", "fewer", id="deployment.fewer", key_display="-", tooltip="Allow one instance fewer"
        ),
        Binding(
            "greater_than_sign",
            "scale(0, 1)",
            "more ready",
            id="deployment.more_ready",
            key_display=">",
            tooltip="Keep one instance more ready",
            show=False,
        ),
        Binding(
            "less_than_sign",
            "scale(0, -1)",
            "fewer ready",
            id="deployment.fewer_ready",
            key_display="<",
            tooltip="Keep one instance fewer ready",
            show=False,
        ),
        Binding("d", "delete", "delete", id="deployment.delete", tooltip="Delete it, once its name is typed"),
        Binding("o", "open", "web", id="deployment.open", tooltip="Its page: metrics and logs as they come"),
        Binding("R", "refresh", "refresh", id="deployment.refresh", tooltip="Ask the API again, now", show=False),
        Binding("escape", "back", "back", id="deployment.back", tooltip="Back to the deployments", show=False),
    ]

    @property
    @abstractmethod
    def current(self) -> Deployment | None:
        """The deployment with the cursor."""

    @abstractmethod
    def hold(self, deployment: Deployment) -> None:
        """Show a deployment as it was just answered."""

    @abstractmethod
    def drop(self, deployment: Deployment) -> None:
        """A deployment is gone: show it no more."""

    @abstractmethod
    def action_back(self) -> None:
        """Back to the list."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a deployment is off where there is none."""
        return True if action not in OF_ONE or self.current is not None else None

    # -- run ------

    def action_run(self) -> None:
        """Open the form of what it runs."""
        deployment = self.current
        if deployment is None:
            return
        if state(deployment)[1].max_instances == 0:
            turn_on = with_keys(self.app, "{deployment.more} turns it on before it can run")
            self.notify(f"{deployment.full_name} is off: {turn_on}", severity="warning")
        self.app.switch_mode("run")
        self.app.form_wanted.publish(f"deployment:{deployment.full_name}")

    # -- make and change ------

    def action_new(self) -> None:
        """Open the form of a new deployment."""
        if self.app.session is not None and self.may_write("create a deployment"):
            self._fill(None)

    def action_edit(self) -> None:
        """Open the form of the deployment with the cursor."""
        deployment = self.current
        if deployment is not None and self.may_write("change a deployment"):
            self._fill(deployment)

    @work(group="form", exclusive=True)
    async def _fill(self, edits: Deployment | None) -> None:
        with reporting(self, "Hardware"):
            await self.session.until_connected()
            choices = self.session.hardware_choices(await self.session.hardware())
            done: Deployment | None = await self.app.push_screen_wait(DeploymentForm(choices, edits=edits))
            if done is not None:
                self.hold(done)

    # -- scale ------

    def action_scale(self, most: int, least: int) -> None:
        """Ask for more or fewer instances, telling what an hour costs before and after."""
        deployment = self.current
        if deployment is not None and self.may_write("scale a deployment"):
            self._scale(deployment, most, least)

    @work(group="form", exclusive=True)
    async def _scale(self, deployment: Deployment, most: int, least: int) -> None:
        _, now = state(deployment)
        if now.min_instances is None or now.max_instances is None:
            untold = "The API does not tell how many instances it has: {deployment.edit} opens its form"
            self.notify(with_keys(self.app, untold), severity="warning")
            return
        there = Instances(now.min_instances, now.max_instances)
        name, session = deployment.full_name, self.session
        wanted: Instances | None = await self.app.push_screen_wait(
            Scale(
                name,
                there,
                there.with_most(most).with_least(least),
                lambda each: session.hourly(name, now.hardware, each.least, each.most),
            )
        )
        if wanted is None:
            return
        with reporting(self, "Not scaled"):
            change = Wanted(min_instances=wanted.least, max_instances=wanted.most)
            changed, _ = await session.update_deployment(_reference(deployment), change)
            self.hold(changed)
            said = f"has at least {wanted.least} and at most {wanted.most} instances now" if wanted.most else "is off"
            self.notify(f"{name} {said}")

    # -- delete ------

    def action_delete(self) -> None:
        """Delete it once its name is typed."""
        deployment = self.current
        if deployment is not None and self.may_write("delete a deployment"):
            self._delete(deployment)

    @work(group="form", exclusive=True)
    async def _delete(self, deployment: Deployment) -> None:
        name = deployment.full_name
        if await self._is_on(deployment):
            off = with_keys(self.app, "scale it to 0 first, with {deployment.fewer}")
            self.notify(f"{name} is on: {off}. {self._deletable}", title="Not deleted", severity="warning", timeout=10)
            return
        question = Content.assemble("Delete the deployment ", (one_line(name), "bold"), f"? {self._deletable}")
        if not await self.app.push_screen_wait(TypeName(question, (deployment.name, name), "delete it")):
            return
        with reporting(self, "Not deleted"):
            try:
                await self.session.delete_deployment(_reference(deployment))
            except (InvalidInput, Unauthorized) as error:
                self.notify(f"{error}. {self._deletable}", severity="error", timeout=10)
            else:
                self.drop(deployment)
                self.notify(f"{name} is deleted")

    @property
    def _deletable(self) -> str:
        """When one can be deleted, where we are."""
        return DELETABLE_HERE if self.app.settings.local else DELETABLE

    async def _is_on(self, deployment: Deployment) -> bool:
        """Whether it is on, as far as the API tells: what is shown may be old, and counts where nobody answers."""
        if not state(deployment)[1].max_instances:
            return False
        with contextlib.suppress(ReplicateError):
            deployment = await self.session.deployment(_reference(deployment))
        return bool(state(deployment)[1].max_instances)

    # -- its page ------

    def action_open(self) -> None:
        """Open its page, which tells what the API does not: metrics and logs as they come."""
        deployment = self.current
        if deployment is None:
            return
        page = self.session.deployment_page(deployment)
        if page is None:
            self.notify("This server has no web pages: metrics are on replicate.com only", severity="warning")
        else:
            self._open(page)

    @work(group="browser")
    async def _open(self, page: str) -> None:
        if not await asyncio.to_thread(browser.open_page, page):
            self.notify(f"No browser here; the page is {page}", timeout=15)


def _reference(deployment: Deployment) -> Reference:
    return Reference("deployment", deployment.owner, deployment.name)

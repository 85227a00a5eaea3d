"""Which actions change something at Replicate: a screen that is read-only refuses them, and shows so beforehand."""

from typing import Final, Protocol, runtime_checkable

from replicate_tui.tui.widgets.status_bar import Standing

WRITES: Final = frozenset(
    {
        "form.run",
        "form.submit",
        "run.cancel",
        "run.cancel_all",
        "model.train",
        "model.train.anywhere",
        "train.start",
        "deployment.new",
        "deployment.edit",
        "deployment.more",
        "deployment.fewer",
        "deployment.more_ready",
        "deployment.fewer_ready",
        "deployment.delete",
        "deployment_form.save",
        "scale.scale",
        "hardware.new",
        "hardware.open",
    }
)
"""The ids of their bindings."""
REFUSED: Final = "read-only"
"""What is told of them where they are."""


@runtime_checkable
class Stands(Protocol):
    """An app that tells how things stand."""

    @property
    def standing(self) -> Standing:
        """How they do."""
        ...


def is_refused(app: object, name: str | None) -> bool:
    """Whether the action of the binding with this id would be refused."""
    return name in WRITES and isinstance(app, Stands) and app.standing.read_only

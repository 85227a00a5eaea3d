"""Predictions and trainings: what runs, and how it ended."""

from typing import Any

from pydantic import Field

from replicate_tui.api.resources.resource import Essential, Flag, JSONText, Moment, Object, Resource, Text, Texts, Words

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
"""The statuses after which a run changes no more."""

ACTIVE = frozenset({"queued", "starting", "processing"})
"""The statuses of a run that is waiting or running."""


class Lifecycle(Resource):
    """What predictions and trainings share: a life from `starting` to one of the ends in `TERMINAL`.

    `model` and `version` tell what runs; `version` is opaque ("hidden" for official models). `error` is free text
    written by the model or the platform. `metrics` are mostly seconds and counts. `source` is "web" or "api".
    `urls` may point at `/v1/predictions` for a training, too.
    """

    id: Essential
    status: Essential
    model: Text = None
    version: Text = None
    input: Object = Field(default_factory=dict)
    output: Any = None
    logs: Text = None
    error: JSONText = None
    created_at: Moment = None
    started_at: Moment = None
    completed_at: Moment = None
    urls: Texts = Field(default_factory=dict)
    metrics: Object = Field(default_factory=dict)
    source: Text = None
    webhook: Text = None

    @property
    def terminal(self) -> bool:
        """Whether the run has ended in a status that the API documents as final."""
        return self.status in TERMINAL

    @property
    def active(self) -> bool:
        """Whether the run is worth asking about again.

        A status that we do not know counts as active until the run carries `completed_at`; from then on the
        run is neither active nor terminal: nothing more is expected of it, nothing is claimed about its end.
        """
        return self.status in ACTIVE or (not self.terminal and self.completed_at is None)


class Prediction(Lifecycle):
    """One run of a model.

    `output` is any JSON, and grows while some models run. The run ends at the `deadline`, if it has one. Input,
    output and logs are gone once `data_removed` is true.
    """

    deadline: Moment = None
    deployment: Text = None
    data_removed: Flag = False
    webhook_events_filter: Words = ()

    @property
    def stream_url(self) -> str | None:
        """Where the output can be followed as it appears; None if the model does not stream."""
        return self.urls.get("stream")


class Training(Lifecycle):
    """One training of a model: `model` and `version` are what is trained. The object does not tell its destination."""

    @property
    def trained_version(self) -> str | None:
        """The version that the training made, as `owner/name:version`; None as long as there is none."""
        return self._made("version")

    @property
    def weights(self) -> str | None:
        """The address of the trained weights; None where there are none."""
        return self._made("weights")

    def _made(self, key: str) -> str | None:
        made = self.output.get(key) if isinstance(self.output, dict) else None
        return made if isinstance(made, str) and made else None

"""Deployments: a model on hardware that is kept for it."""

from typing import Annotated

from pydantic import BeforeValidator

from replicate_tui.api.resources.account import Account
from replicate_tui.api.resources.resource import Essential, Moment, Resource, Text, Whole, inside


class Configuration(Resource):
    """What a release runs on: the hardware's `sku`, and how many instances at least and at most."""

    hardware: Text = None
    min_instances: Whole = None
    max_instances: Whole = None


class Release(Resource):
    """One state of a deployment. `number` counts from 1 and grows with every update."""

    number: Whole = None
    model: Text = None
    version: Text = None
    created_at: Moment = None
    created_by: Annotated[Account | None, BeforeValidator(inside(Account))] = None
    configuration: Annotated[Configuration | None, BeforeValidator(inside(Configuration))] = None


class Deployment(Resource):
    """A deployment with its current release; the API tells of no older ones."""

    owner: Essential
    name: Essential
    current_release: Annotated[Release | None, BeforeValidator(inside(Release))] = None

    @property
    def full_name(self) -> str:
        """`owner/name`: it looks like a model's, and is another name space."""
        return f"{self.owner}/{self.name}"

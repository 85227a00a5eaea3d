"""Typed, frozen views over the objects of Replicate's HTTP API.

The raw object is kept in `raw`, untouched. Each view is built by `of(raw)`, which raises UnexpectedAnswer
only where a resource could not be named or followed without the missing part; anything else that is absent,
null or of an odd type becomes None, 0, False, () or {}. Texts are data as they came: they are not safe to print.
"""

from replicate_tui.api.resources.account import Account, File, Hardware
from replicate_tui.api.resources.deployments import Configuration, Deployment, Release
from replicate_tui.api.resources.models import (
    Collection,
    FoundCollection,
    FoundModel,
    FoundPage,
    Metadata,
    Model,
    SearchResult,
    Version,
)
from replicate_tui.api.resources.resource import Page, Resource, readable
from replicate_tui.api.resources.runs import ACTIVE, TERMINAL, Lifecycle, Prediction, Training

__all__ = [
    "ACTIVE",
    "TERMINAL",
    "Account",
    "Collection",
    "Configuration",
    "Deployment",
    "File",
    "FoundCollection",
    "FoundModel",
    "FoundPage",
    "Hardware",
    "Lifecycle",
    "Metadata",
    "Model",
    "Page",
    "Prediction",
    "Release",
    "Resource",
    "SearchResult",
    "Training",
    "Version",
    "readable",
]

"""One model, as commands show it."""

from typing import TYPE_CHECKING

from replicate_tui.cli import output

if TYPE_CHECKING:
    from replicate_tui.api.resources import Model


def open_model(model: "Model") -> None:
    """Open a model's page in the browser."""
    from replicate_tui.cli.following import open_page

    open_page(model.url or f"https://replicate.com/{model.full_name}")


def print_model(model: "Model", as_json: bool) -> None:
    """Print one model: facts for a person, else the API's object."""
    if not output.for_people(as_json):
        output.data(model.raw)
        return
    version = model.latest_version
    output.facts(
        [
            ("model", model.full_name),
            ("", model.description or ""),
            ("official", "yes" if model.is_official else ""),
            ("visibility", model.visibility or ""),
            ("runs", f"{model.run_count:,}"),
            ("version", version.id if version else "none yet"),
            ("web", model.url or ""),
            ("github", model.github_url or ""),
            ("paper", model.paper_url or ""),
            ("license", model.license_url or ""),
        ]
    )

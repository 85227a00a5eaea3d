"""`--web`, for what has a page on Replicate's own site only."""

from replicate_tui.cli import output


def open_replicate(url: str | None) -> None:
    """Open a page in the browser; None stands for the page of something on a server that has none."""
    from replicate_tui.cli.following import open_page

    if url is None:
        output.note("there is no page of it: the API that is asked is not Replicate's own")
    else:
        open_page(url)

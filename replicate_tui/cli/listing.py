"""Lists of the API: the first page or all pages, as a table for people and as one page object otherwise."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from replicate_tui.cli import output

if TYPE_CHECKING:
    from replicate_tui.api.resources import Page, Resource
    from replicate_tui.core.columns import Column

    P = TypeVar("P", bound=Resource)
R = TypeVar("R")


async def print_pages(
    fetch: "Callable[[str | None], Awaitable[Page[P]]]",
    columns: "Sequence[Column[R]]",
    rows: "Callable[[Page[P]], Sequence[R]]",
    *,
    every: bool,
    as_json: bool,
    nothing: str,
) -> int:
    """Print what `fetch` gives for no cursor and, with `every`, for each `next` after it; the exit code.

    `rows` makes a page's rows for the table, `nothing` is what to say when there are none.
    """
    pages = [page async for page in _pages(fetch, every=every)]
    if not output.for_people(as_json):
        output.data(_joined(pages) if every else pages[0].raw)
        return 0
    found = [row for page in pages for row in rows(page)]
    if found:
        output.table(columns, found)
    else:
        output.note(nothing)
    if pages[-1].next:
        output.note("there are more: --all lists them")
    return 0


async def _pages(fetch: "Callable[[str | None], Awaitable[Page[P]]]", *, every: bool) -> "AsyncIterator[Page[P]]":
    page = await fetch(None)
    yield page
    seen = {page.next}
    while every and page.next:
        page = await fetch(page.next)
        yield page
        if page.next in seen:
            return
        seen.add(page.next)


def _joined(pages: "Sequence[Page[P]]") -> dict[str, object]:
    """All pages as one."""
    return {"previous": None, "next": None, "results": [item for page in pages for item in page.raw["results"]]}

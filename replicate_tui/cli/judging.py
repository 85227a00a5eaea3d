"""What is judged before anything is sent ends a command with its sentence."""

import contextlib
from collections.abc import Iterator

import typer

from replicate_tui.cli.exit_codes import WRONG_USE, Stop


@contextlib.contextmanager
def judged() -> Iterator[None]:
    """Turn a ValueError of the engine, which says what does not fit, into the end of the command.

    Raises:
        Stop: something did not fit.
    """
    try:
        yield
    except ValueError as error:
        raise Stop(WRONG_USE, str(error)) from error


def web_address(text: str | None) -> str | None:
    """An option's https address.

    Raises:
        BadParameter: it is none; the option is named with it.
    """
    if text is not None:
        from replicate_tui.core.verbs.modelling import check_address

        try:
            check_address(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return text

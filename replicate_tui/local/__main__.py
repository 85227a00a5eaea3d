"""`python -m replicate_tui.local`: a Replicate on this machine."""

from __future__ import annotations

import argparse
import errno
import logging
import math
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from replicate_tui.local.assembly import Options
from replicate_tui.local.hosts import is_loopback
from replicate_tui.local.http.allowance import Allowances
from replicate_tui.local.process.certificates import TLSUnavailable
from replicate_tui.local.process.server import serve
from replicate_tui.local.storage.storage import FolderInUse
from replicate_tui.local.work.jobs import SetupFailed

TOKEN_VARIABLE = "REPLICATE_TUI_SERVER_TOKEN"
"""Where the token can also stand: other users of this machine can read command lines."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the command line says. Returns the exit code: 1 when something it needs cannot be had."""
    parser = _parser()
    given = parser.parse_args(arguments)
    # Taken away, so that no model inherits it.
    inherited = os.environ.pop(TOKEN_VARIABLE, None)
    if given.token is not None and not given.token.strip():
        parser.error("--token is empty")
    token = given.token or inherited or None
    if token is None and not is_loopback(given.host):
        # Without a token any is accepted, so nobody but this machine may ask.
        parser.error("--host is no loopback address: that needs a --token")
    logging.basicConfig(
        handlers=[_log(given.log, parser)],
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    options = Options(
        host=given.host,
        port=given.port,
        data=given.data,
        state=given.state,
        version=given.version_label or version("replicate-tui"),
        idle_exit=given.idle_exit,
        retention=given.retention,
        workers=given.workers,
        worker_idle=given.worker_idle,
        token=token,
        inline=given.outputs == "data",
        tls=given.tls,
        recordings=given.catalog,
        rate_limit=given.rate_limit,
        cog=given.cog,
    )
    try:
        serve(options)
    except (OSError, FolderInUse, SetupFailed, TLSUnavailable) as error:
        sys.stderr.write(f"cannot serve{_where(error, options.port)}: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _log(path: Path | None, parser: argparse.ArgumentParser) -> logging.Handler:
    try:
        return logging.FileHandler(path, encoding="utf-8") if path else logging.StreamHandler()
    except OSError as error:
        parser.error(f"--log: {error}")


def _where(error: Exception, port: int) -> str:
    taken = isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL)
    return f" at port {port}" if taken else ""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong, and no more: most people started another program, which passed their words on."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="replicate_tui.local", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s); others need --token")
    add("--port", type=_whole(0, 65535), default=0, help="port to listen on, 0 for a free one")
    add("--data", type=Path, required=True, metavar="DIR", help="folder of the database and the files")
    add("--state", type=Path, required=True, metavar="FILE", help="file that tells where the server is")
    add("--version-label", metavar="V", help="version that /health tells (default: the installed one)")
    add("--idle-exit", type=_seconds, metavar="SECONDS", help="end after so long without a run or a screen")
    add("--retention", type=_seconds, default=3600, metavar="SECONDS", help="how long finished runs keep data")
    add("--workers", type=_whole(1, 1000), default=16, metavar="N", help="how many models work at once")
    add("--worker-idle", type=_seconds, default=60, metavar="SECONDS", help="how long an idle worker stays warm")
    add("--token", metavar="T", help=f"the only token that is accepted (or in ${TOKEN_VARIABLE})")
    add("--outputs", choices=("url", "data"), default="url", help="output files as addresses, or as data: URLs")
    add("--tls", action="store_true", help="serve HTTPS, with a certificate of its own")
    add("--catalog", type=Path, metavar="FILE", help="a file of model objects to serve as well")
    add("--rate-limit", type=_rate_limit, metavar="LIMIT", help="standard, low-credit, or creations a minute")
    add("--cog", action="append", default=[], metavar="DIR|URL", help="a Cog model to serve as well; may be repeated")
    add("--log", type=Path, metavar="FILE", help="where to write warnings (default: standard error)")
    return parser


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most and len(text) < 10):
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not (math.isfinite(seconds) and seconds >= 0):
        raise argparse.ArgumentTypeError("must be a number of seconds, 0 or more")
    return seconds


def _rate_limit(text: str) -> str:
    try:
        Allowances.of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


if __name__ == "__main__":
    sys.exit(main())

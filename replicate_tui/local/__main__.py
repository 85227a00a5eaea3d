"""`python -m replicate_tui.local`: a Replicate on this machine."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from replicate_tui.local.addresses import is_loopback
from replicate_tui.local.server import Options, serve
from replicate_tui.local.storage import FolderInUse


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the command line says. Returns the exit code: 1 when the address or the folder is taken."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not is_loopback(given.host):
        # Any token is accepted, so nobody but this machine may ask.
        parser.error("--host must be a loopback address")
    logging.basicConfig(
        filename=given.log,
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
    )
    try:
        serve(options)
    except (OSError, FolderInUse) as error:
        sys.stderr.write(f"cannot serve at port {options.port}: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="replicate_tui.local", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="loopback address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port to listen on, 0 for a free one")
    add("--data", type=Path, required=True, metavar="DIR", help="folder of the database and the files")
    add("--state", type=Path, required=True, metavar="FILE", help="file that tells where the server is")
    add("--version-label", metavar="V", help="version that /health tells (default: the installed one)")
    add("--idle-exit", type=float, metavar="SECONDS", help="end after so long without a run or a screen")
    add("--retention", type=float, default=3600, metavar="SECONDS", help="how long finished runs keep data")
    add("--workers", type=int, default=16, metavar="N", help="how many models work at once")
    add("--worker-idle", type=float, default=60, metavar="SECONDS", help="how long an idle worker stays warm")
    add("--log", type=Path, metavar="FILE", help="where to write warnings (default: standard error)")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Where a process connects to, told by Python itself."""

from pathlib import Path

HOOK = """
import sys

def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host, port, *_ = arguments[-1] if event == "socket.connect" else arguments
        with open({log!r}, "a") as log:
            print(f"{{host}}:{{port}}", file=log)

sys.addaudithook(hook)
"""


class WatchedConnections:
    """A process started with `environ` writes down every address that it looks up or connects to."""

    def __init__(self, folder: Path) -> None:
        hook = folder / "hook"
        hook.mkdir()
        self._log = folder / "connections"
        (hook / "sitecustomize.py").write_text(HOOK.format(log=str(self._log)))
        self.environ = {"PYTHONPATH": str(hook)}

    def places(self) -> set[str]:
        """The addresses so far, as host:port."""
        return set(self._log.read_text().split())

"""How a person wants the local server to be when they run it themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

TOKEN_VARIABLE = "REPLICATE_TUI_SERVER_TOKEN"
"""How the token reaches the server's process: command lines can be read by others."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Where and how to serve; what is not given stays as the server has it.

    `port` 0 takes a free one. `token` is the only one accepted. `outputs` is "url" or "data". `catalog` is a file of
    model objects, `cog` folders or addresses of Cog models. `rate_limit` is "standard", "low-credit" or creations a
    minute; `retention` in seconds.
    """

    port: int = 0
    host: str | None = None
    token: str | None = field(default=None, repr=False)
    outputs: str | None = None
    tls: bool = False
    catalog: Path | None = None
    cog: Sequence[str] = ()
    rate_limit: str | None = None
    retention: float | None = None

    def flags(self) -> list[str]:
        """The server's command line, without the token."""
        values = {
            "--host": self.host,
            "--outputs": self.outputs,
            "--catalog": self.catalog,
            "--rate-limit": self.rate_limit,
            "--retention": self.retention,
        }
        given = [part for flag, value in values.items() if value is not None for part in (flag, str(value))]
        given += ["--tls"] if self.tls else []
        return ["--port", str(self.port), *given, *(part for model in self.cog for part in ("--cog", model))]

    def environment(self) -> dict[str, str]:
        """What the server's process has in its environment besides ours."""
        return {TOKEN_VARIABLE: self.token} if self.token else {}

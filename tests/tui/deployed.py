"""Deployments of the local server, for tests of the modes that show them."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import Server

TOKEN = {"Authorization": "Bearer r8_of_the_tests"}
OFF = {"min_instances": 0, "max_instances": 0}


@dataclass(frozen=True)
class Deployments:
    """The account's deployments, asked for beside the app."""

    server: Server

    def all(self) -> dict[str, dict[str, Any]]:
        """Each by its name."""
        return {each["name"]: each for each in self._ask("GET", "").json()["results"]}

    def configuration(self, name: str) -> tuple[str, int, int]:
        """What it runs on, and how many at least and at most."""
        found = self.all()[name]["current_release"]["configuration"]
        return found["hardware"], found["min_instances"], found["max_instances"]

    def make(self, name: str, *, model: str = "local/hello-world", hardware: str = "gpu-t4", most: int = 1) -> None:
        """Make one, of the model's latest version."""
        version = self._get(f"models/{model}")["latest_version"]["id"]
        body = {"name": name, "model": model, "version": version, "hardware": hardware}
        self._ask("POST", "", {**body, "min_instances": 0, "max_instances": most}).raise_for_status()

    def scale(self, name: str, most: int) -> None:
        """Have it run so many instances at the most."""
        self._ask("PATCH", f"/local/{name}", OFF | {"max_instances": most}).raise_for_status()

    def clear(self) -> None:
        """Delete all."""
        for name in self.all():
            self._ask("PATCH", f"/local/{name}", OFF).raise_for_status()
            self._ask("DELETE", f"/local/{name}").raise_for_status()

    def _get(self, path: str) -> Any:
        return httpx.get(f"{self.server.url}/v1/{path}", headers=TOKEN, trust_env=False).json()

    def _ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        address = f"{self.server.url}/v1/deployments{path}"
        return httpx.request(method, address, headers=TOKEN, json=body, trust_env=False)

"""A deployment's life in the hands of the official clients."""

from __future__ import annotations

from tests.clients.driving import Client, value
from tests.local.serving import Server


def test_a_deployment_is_made_changed_used_and_deleted(client: Client, server: Server) -> None:
    name = f"greeter-{client.name}"
    told = value(client.drive(server, "deployment", name=name))
    first, second = told["made"]["current_release"], told["updated"]["current_release"]
    assert (told["made"]["owner"], told["made"]["name"]) == ("local", name)
    assert (first["number"], first["model"]) == (1, "local/hello-world")
    assert first["configuration"] == {"hardware": "cpu", "min_instances": 0, "max_instances": 1}
    assert first["created_by"]["username"] == "local"
    assert (second["number"], second["version"]) == (2, first["version"])
    assert second["configuration"] == {"hardware": "gpu-t4", "min_instances": 0, "max_instances": 2}
    assert told["got"] == told["updated"]
    assert name in told["listed"]
    assert told["output"] == "hello Ada"
    assert name in told.get("deployment", name)
    assert told["off"]["current_release"]["number"] == 3
    assert told["deleted"] is True
    assert told["after"]["status"] == 404

"""Base addresses: two clients share one variable and mean different things by it."""

from __future__ import annotations

from tests.clients.driving import Client, value
from tests.local.serving import Server


def other(client: Client) -> str:
    """What the client's base address ends in when it is somebody else's."""
    return "" if client.suffix else "/v1"


def test_every_client_works_with_the_address_of_the_other(client: Client, server: Server) -> None:
    told = client.drive_at(server, server.url + other(client), "run", model="local/hello-world", values={"text": "Ada"})
    assert value(told) == "hello Ada"


def test_pages_are_linked_at_any_address(client: Client, shelves: Server) -> None:
    assert len(value(client.drive_at(shelves, shelves.url + other(client), "models"))) >= 2


def test_the_address_may_end_in_a_slash(client: Client, server: Server) -> None:
    assert value(client.drive_at(server, f"{server.url}{client.suffix}/", "account"))["username"] == "local"


def test_the_address_may_be_a_name(client: Client, server: Server) -> None:
    base = f"http://localhost:{server.state['port']}{client.suffix}"
    assert value(client.drive_at(server, base, "cancel"))["status"] == "canceled"

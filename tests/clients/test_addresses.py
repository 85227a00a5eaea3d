"""Base addresses: two clients share one variable and mean different things by it."""

from __future__ import annotations

import pytest

from tests.clients.driving import Client, value
from tests.local.serving import Server


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_every_client_works_with_and_without_the_version_in_the_address(
    client: Client, server: Server, suffix: str
) -> None:
    base = server.url + suffix
    assert value(client.drive_at(server, base, "run", model="local/hello-world", values={"text": suffix})) == (
        f"hello {suffix}"
    )


@pytest.mark.parametrize("suffix", ["", "/v1"])
def test_what_the_server_links_to_is_at_the_address_that_was_asked(
    client: Client, shelves: Server, suffix: str
) -> None:
    pages = value(client.drive_at(shelves, shelves.url + suffix, "models"))
    assert len(pages) >= 2


def test_the_address_may_be_a_name(client: Client, server: Server) -> None:
    base = f"http://localhost:{server.state['port']}{client.suffix}"
    assert value(client.drive_at(server, base, "cancel"))["status"] == "canceled"

"""What a browser is shown."""

from __future__ import annotations

import httpx

from tests.local.serving import Server


def test_the_web_address_of_a_prediction_shows_its_output_as_text(server: Server) -> None:
    done = server.run("local/hello-world", text="<script>alert(1)</script>")
    response = httpx.get(done["urls"]["web"], trust_env=False)
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "hello &lt;script&gt;" in response.text
    assert "<script" not in response.text


def test_pictures_are_shown_as_pictures(server: Server) -> None:
    done = server.run("local/painter", prompt="x", width=64, height=64)
    assert f'<img src="{done["output"][0]}"' in httpx.get(done["urls"]["web"], trust_env=False).text


def test_a_models_address_has_a_page_and_others_are_problems(server: Server) -> None:
    for model in server.client.get("/v1/models").json()["results"]:
        page = httpx.get(model["url"], trust_env=False)
        assert page.status_code == 200
        assert f"<h1>local/{model['name']}</h1>" in page.text
    for path in ("/p/nothing", "/local/nothing", "/a/b/c"):
        response = httpx.get(f"{server.url}{path}", trust_env=False)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"

"""A request as it would have gone out, with the token as the name of its variable."""

import json

from replicate_tui.api.calls import Call
from replicate_tui.cli import output

TOKEN = "$REPLICATE_API_TOKEN"


def tell(call: Call, *, as_json: bool) -> None:
    """Print the request: as HTTP has it for a person, else as an object of method, url, headers and body."""
    body = None if call.content is None else json.loads(call.content)
    headers = {"Authorization": f"Bearer {TOKEN}", **call.headers}
    if call.file is not None:
        headers["Content-Type"] = "multipart/form-data"
        body = {**(call.form or {}), "content": f"@{call.file[0]}"}
    if as_json or not output.is_terminal():
        output.data({"method": call.method, "url": str(call.url), "headers": headers, "body": body})
        return
    output.shown(f"{call.method} {call.url}")
    for name, value in headers.items():
        output.shown(f"{name}: {value}")
    if body is not None:
        output.line("")
        output.data(body)

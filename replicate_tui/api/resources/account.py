"""The account, its files, and the hardware it may use."""

from pydantic import Field

from replicate_tui.api.resources.resource import Essential, Moment, Name, Object, Resource, Text, Texts, Whole


class Account(Resource):
    """The account that a token belongs to, or that did something. `type` is "user" or "organization"."""

    username: Essential
    type: Text = None
    name: Text = None
    github_url: Text = None
    avatar_url: Text = None


class Hardware(Resource):
    """A machine that models run on: its `sku` for requests, its `name` for people."""

    sku: Essential
    name: Name = ""


class File(Resource):
    """An uploaded file, without its content.

    `size` is in bytes; it is gone after `expires_at`. `checksums` are hexadecimal, `metadata` is the uploader's own.
    """

    id: Essential
    name: Text = None
    content_type: Text = None
    size: Whole = None
    etag: Text = None
    checksums: Texts = Field(default_factory=dict)
    metadata: Object = Field(default_factory=dict)
    created_at: Moment = None
    expires_at: Moment = None
    urls: Texts = Field(default_factory=dict)

    @property
    def url(self) -> str | None:
        """What a file input takes to mean this file."""
        return self.urls.get("get")

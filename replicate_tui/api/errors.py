"""What can go wrong between this program and Replicate's HTTP API.

ReplicateError                the root: whoever shows errors to a person catches this one
├── Misconfigured             the base URL, the token, the proxy settings or a secret cannot be used; nothing was sent
├── NetworkError              no answer: refused, DNS, TLS, timeout, cut
│   └── UnknownFate           a creating request was sent, its answer was lost: it may have happened
├── APIError                  the API answered, and the answer is no
│   ├── Unauthorized          401, 403
│   ├── InsufficientCredit    402
│   ├── NotFound              404
│   ├── InvalidInput          400, 413, 422; names the inputs that are wrong
│   ├── RateLimited           429; says when to come back
│   └── ServerError           5xx
├── UnexpectedAnswer          a success that is not what the API documents
└── Untrusted                 a webhook that is not proven to come from Replicate

`str(error)` is one plain sentence for a person: what was attempted, what came of it, which host. It holds no
token, no line break and no control character, whatever the server sent.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from replicate_tui.api.calls import Call

DETAIL_LIMIT = 500
"""The longest `APIError.detail`, in characters."""


class ReplicateError(Exception):
    """The root of all errors of Replicate's API. `str()` is one plain sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(plain(sentence))


class Misconfigured(ReplicateError):
    """The base URL, the token, the environment's proxy settings or a secret cannot be used; nothing was sent."""


class NetworkError(ReplicateError):
    """No answer: the connection was refused or cut, the name is unknown, TLS failed, or time ran out."""


class UnknownFate(NetworkError):
    """A request that creates something was sent and its answer was lost or cut: it may have happened.

    It must never be repeated without looking first.
    """


class UnexpectedAnswer(ReplicateError):
    """The server reported success, but with something that the API does not document."""


class Untrusted(ReplicateError):
    """A webhook that is not proven to come from Replicate.

    `reason` is "incomplete" (a header is missing), "malformed", "forged" (no signature fits), "late" or "early".
    """

    def __init__(self, reason: Literal["incomplete", "malformed", "forged", "late", "early"], sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


class APIError(ReplicateError):
    """The API answered with an error.

    `status` is the HTTP status, `title` and `detail` the server's own words as data (`detail` has at most
    `DETAIL_LIMIT` characters), `retry_after` the seconds to wait before trying again where the server says
    so (an hour at most). `doing` ("create a prediction") and `host` only word the sentence.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        title: str | None = None,
        retry_after: float | None = None,
        doing: str = "",
        host: str = "",
    ) -> None:
        self.status = status
        self.title = title
        self.detail = detail[:DETAIL_LIMIT]
        self.retry_after = retry_after
        self.doing = doing
        self.host = host
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        attempt = f"Could not {self.doing}: " if self.doing else ""
        answer = f"{self.host} answered {self.status}" if self.host else f"status {self.status}"
        return f"{attempt}{self.explanation() or 'no reason given'} ({answer})"

    def explanation(self) -> str:
        """Why, in the server's words."""
        return self.detail or self.title or ""


class Unauthorized(APIError):
    """401 or 403: the token is missing, wrong, or not allowed to do this."""


class InsufficientCredit(APIError):
    """402: the account's balance is too low."""


class NotFound(APIError):
    """404: nothing there, or nothing that this account may see."""


class RateLimited(APIError):
    """429: too many requests. `retry_after` is in seconds, None where the server does not say."""


class ServerError(APIError):
    """5xx: the server failed."""


@dataclass(frozen=True, slots=True)
class InvalidField:
    """One input that the API refuses.

    `kind` is the API's name of the rule ("required", "number_lte" …), `field` the bare name of the input (""
    if the problem is none's in particular), `description` the API's words.
    """

    kind: str
    field: str
    description: str


class InvalidInput(APIError):
    """400, 413 or 422: the request itself is wrong. `invalid_fields` names the inputs, where the API does."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        invalid_fields: tuple[InvalidField, ...] = (),
        title: str | None = None,
        doing: str = "",
        host: str = "",
    ) -> None:
        self.invalid_fields = invalid_fields
        super().__init__(status, detail, title=title, doing=doing, host=host)

    def explanation(self) -> str:
        """Why: each refused input with its reason, else the server's words."""
        reasons = [
            problem.description
            if problem.kind == "required" or not problem.field
            else f"{problem.field}: {problem.description}"
            for problem in self.invalid_fields
        ]
        return "; ".join(reasons)[:DETAIL_LIMIT] or super().explanation()


def plain(text: str) -> str:
    """The text on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class WouldSend(Exception):
    """Raised by a client of dry runs in the place of sending what changes something: no error, and so not in the tree.

    `call` is the request as it would have gone out; the token is not part of it.
    """

    def __init__(self, call: "Call") -> None:
        super().__init__(f"would {call.doing}")
        self.call = call

"""What the name of an input tells about it: that it is a secret, or that it wants room to write."""

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_PROSE: Final = frozenset(
    [
        *("prompt", "prompts", "text", "texts", "template", "caption", "captions", "lyrics", "script", "story"),
        *("message", "messages", "conversation", "history", "instruction", "instructions", "query", "question"),
        *("content", "context", "document", "article", "transcript", "transcription", "description"),
        *("paragraph", "sentences", "documents", "payload", "tools"),
        *("json", "code", "html", "markdown", "svg", "workflow"),
    ]
)
_SECRET: Final = frozenset(["password", "passwd", "passphrase", "secret", "apikey"])
_SECRET_LAST: Final = frozenset(["key", "token", "pat"])
_SECRET_OWNERS: Final = frozenset(
    [
        *("api", "access", "secret", "private", "auth", "oauth", "jwt", "bearer", "refresh", "session", "bot"),
        *("hf", "huggingface", "face", "civitai", "github", "gitlab", "wandb", "ngrok"),
        *("openai", "anthropic", "replicate", "stability", "groq", "aws", "supabase"),
    ]
)
_CREDENTIALS: Final = re.compile(
    r"\b(api|access|secret|auth\w*|credentials?|hf|hugging ?face|civitai|private)\b", re.IGNORECASE
)


def is_secret(name: str, description: str = "") -> bool:
    """Whether an input called `name` holds a secret, as far as its name can tell.

    A bare "token" or "key" is as often a trigger word or a musical key: there the description decides.
    """
    *before, last = _words(name)
    if not before and last in ("token", "key"):
        return _CREDENTIALS.search(description) is not None
    return last in _SECRET or (last in _SECRET_LAST and before[-1:] != [] and before[-1] in _SECRET_OWNERS)


def is_prose(name: str) -> bool:
    """Whether an input called `name` is usually given more than a few words."""
    return _words(name)[-1] in _PROSE


def _words(name: str) -> list[str]:
    """The words of a snake_case or camelCase name, without the numbers and single letters at its end."""
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and len(words[-1]) == 1:
        words.pop()
    return words or [name.lower()]

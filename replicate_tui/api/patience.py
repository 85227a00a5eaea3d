"""How long anything may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """What bounds one try of a request, in seconds: `connect` until there is a connection, `silence` between two
    pieces that arrive or leave, `total` for the whole exchange (where the body is followed: for its head)."""

    connect: float
    silence: float
    total: float


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take, in seconds.

    `read` is the longest silence and `exchange` the whole of an ordinary request. A request that asks the server to
    hold its answer back gets that time and `margin`. Uploads and streams have their own.
    """

    connect: float = 10
    read: float = 30
    exchange: float = 60
    margin: float = 15
    upload_silence: float = 300
    upload: float = 3600
    stream_silence: float = 90

    def ordinary(self) -> Limit:
        """For what is asked and answered, and for the head of a download."""
        return Limit(self.connect, self.read, self.exchange)

    def waiting(self, seconds: float) -> Limit:
        """For an answer that the server holds back for up to so many seconds."""
        return Limit(self.connect, seconds + self.margin, self.connect + seconds + 2 * self.margin)

    def uploading(self) -> Limit:
        """For a file on its way."""
        return Limit(self.connect, self.upload_silence, self.upload)

    def streaming(self) -> Limit:
        """For events, which the server may space as it likes: it says itself every half minute that nothing happens."""
        return Limit(self.connect, self.stream_silence, self.exchange)

"""A response that stays open until its end or until the client hangs up."""

from __future__ import annotations

import asyncio

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class HeldResponse(StreamingResponse):
    """Streams its body, and ends the moment the client is gone, even while the body has nothing to say."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whichever comes first: the end of the body, or of the client."""
        streaming = asyncio.ensure_future(self.stream_response(send))
        leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({streaming, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (streaming, leaving):
                task.cancel()
            results = await asyncio.gather(streaming, leaving, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]

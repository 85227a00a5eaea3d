"""A model that does, on demand, what models do."""

import os
import sys
import time
from pathlib import Path

from cog import BasePredictor, Input, Secret
from words import GREETING


class Predictor(BasePredictor):
    def setup(self) -> None:
        self.count = 0

    def predict(
        self,
        text: str = Input(description="What to say"),
        mood: str = Input(choices=["calm", "failing", "dying", "waiting", "stubborn", "chatty"], default="calm"),
        times: int = Input(ge=1, le=100000, default=1),
        warmth: float = Input(ge=0, le=1, default=0.5),
        nickname: str | None = Input(default=None, description="If you have one"),
        key: Secret = Input(default=None),
    ) -> str:
        self.count += 1
        print(f"saying {text}")
        print("to nobody", file=sys.stderr)
        match mood:
            case "failing":
                raise ValueError("I cannot say that")
            case "dying":
                os._exit(7)
            case "waiting":
                wait()
            case "stubborn":
                wait_stubbornly()
            case "chatty":
                for number in range(times):
                    print(f"line {number}")
        Path("said.txt").write_text(text)
        return f"{GREETING} {text} #{self.count} in {Path.cwd()} by {os.getpid()} of {os.getppid()}"


def wait() -> None:
    # Cog's cancellation reaches Python code between two steps, not within a long one.
    while True:
        time.sleep(0.01)


def wait_stubbornly() -> None:
    while True:
        try:
            wait()
        except BaseException:
            print("no")

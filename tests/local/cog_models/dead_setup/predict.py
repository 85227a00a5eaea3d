"""A predictor whose setup ends its process."""

import os

from cog import BasePredictor


class Predictor(BasePredictor):
    def setup(self) -> None:
        print("about to end")
        os._exit(9)

    def predict(self) -> str:
        return "never"

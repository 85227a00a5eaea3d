"""A predictor whose setup fails."""

from cog import BasePredictor


class Predictor(BasePredictor):
    def setup(self) -> None:
        print("looking for the weights")
        raise RuntimeError("the weights are missing")

    def predict(self) -> str:
        return "never"

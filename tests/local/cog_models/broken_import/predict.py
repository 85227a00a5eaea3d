"""A predictor that cannot be imported."""

import no_such_module_anywhere
from cog import BasePredictor


class Predictor(BasePredictor):
    def predict(self) -> str:
        return str(no_such_module_anywhere)

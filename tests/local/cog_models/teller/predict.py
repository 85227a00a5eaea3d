"""A model whose output comes word by word; it goes on when there is a file to tell it so."""

import time
from pathlib import Path

from cog import BasePredictor, ConcatenateIterator, Input


class Predictor(BasePredictor):
    def predict(self, text: str = Input(), gate: str = Input(default="")) -> ConcatenateIterator[str]:
        for number, word in enumerate(text.split()):
            while number == 1 and gate and not Path(gate).exists():
                time.sleep(0.01)
            yield word + " "

"""The model that is made for what a training makes, where there is none yet."""

from typing import Final

MADE_ON: Final = "cpu"
"""What such a model is said to run on; Replicate sets what its versions need."""

"""The storyteller's craft: from a text to sentences, from sentences to chains, from chains to stories."""

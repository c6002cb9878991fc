"""The tests; each is named by a sentence."""

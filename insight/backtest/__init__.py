"""Looking back: how well the scores, as they stood before an outcome, foretold it."""

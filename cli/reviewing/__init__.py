"""Reviews of a model: when they are due, why one is due now, and the sheet for the meeting."""

"""Real event logs: how each is read, and the model it is folded under."""

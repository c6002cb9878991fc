"""What follows from the rules for every event and every lead that there can be: decided, not sampled."""

"""What recorded events say to those who review a model."""

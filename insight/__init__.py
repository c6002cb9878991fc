"""What is learnt beside the scores: made-up histories to try a model on."""

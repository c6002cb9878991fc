"""What `backtest` and `calibrate` share: which outcome, which score, which leads, and how results are laid out."""

"""The page of a model for people who don't read rule files: what it says, and how it looks."""

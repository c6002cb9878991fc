"""The language of rule files: reading them, the tree of what they say, and what is said about their mistakes."""

"""The sheet of a model's history: a row for each rule, a column for each version that changed the meaning."""

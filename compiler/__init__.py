"""From the syntax tree of a rule file to the table that the runtime folds events with."""

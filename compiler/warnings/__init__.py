"""What a model that is free of errors may yet do other than its author thinks: a module for each sort of mistake."""

"""The engine for whole files, held against the one for single events."""

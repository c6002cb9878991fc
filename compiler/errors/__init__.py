"""All wording of the checker: one function for each code, in modules by theme. docs/errors.md explains each."""

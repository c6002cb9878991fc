"""Passes over the program: a file for each, every one a pure function from a program to a program."""

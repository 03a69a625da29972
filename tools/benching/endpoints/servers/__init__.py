"""Servers to be asked that no package brings as a program."""

"""Repeatable measurements; README.md has the figures and how to read them."""

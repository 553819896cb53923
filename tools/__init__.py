"""The workshop's scripts; `make help` lists what they are for."""

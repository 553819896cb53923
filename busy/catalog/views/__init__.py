"""Pages of the catalogue, for managers."""

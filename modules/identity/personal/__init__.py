"""One's own data: given to whom it is about, or erased."""

"""Three made-up modules that know nothing of each other: houses, neighbours, and the post, which adds to both."""

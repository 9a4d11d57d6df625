"""Training: a network from the store's own crops, by its paper's recipe or one that looks away from the background."""

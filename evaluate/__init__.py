"""From embeddings to accuracies."""

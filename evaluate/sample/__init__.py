"""Which vectors a measure takes: embedding sets, drawn images, folds and tasks."""

"""From microscope files, crops and label tables to the store."""

"""One file a chart: an Altair specification over a result of SQL."""

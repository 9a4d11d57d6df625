"""A yeast ORF-GFP screen drawn from cell biology and optics, with the truth about every cell written down."""

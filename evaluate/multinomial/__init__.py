"""The two multinomial classifiers of the proportions (paper 3.6)."""

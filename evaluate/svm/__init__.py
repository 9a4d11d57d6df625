"""Linear SVMs to a certified duality gap: a leaf that knows arrays and nothing of stores."""

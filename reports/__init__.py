"""From tables to pages that people mail to each other."""

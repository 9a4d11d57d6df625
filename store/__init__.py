"""The feature store: Parquet tables, and DuckDB over them."""

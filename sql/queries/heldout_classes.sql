-- How many drawn images of each class, on each background of each embedding set, are on either side of the split, of how many names, and
-- how many images the class could have.
SELECT
    set_number,
    background,
    class,
    count(*) FILTER (kept_together = 'train') AS n_train,
    count(*) FILTER (kept_together = 'test') AS n_test,
    count(DISTINCT name) AS n_names,
    coalesce(bool_and(placed), true) AS placed,
    coalesce(any_value(n_expected), 0) AS n_expected
FROM counted
GROUP BY ALL
ORDER BY ALL

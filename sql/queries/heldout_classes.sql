-- How many drawn images of each class, on each background of each embedding set, are on either side of the split, and of how many names.
SELECT
    set_number,
    background,
    class,
    count(*) FILTER (kept_together = 'train') AS n_train,
    count(*) FILTER (kept_together = 'test') AS n_test,
    count(DISTINCT name) AS n_names,
    bool_and(placed) AS placed
FROM drawn
GROUP BY ALL
ORDER BY ALL

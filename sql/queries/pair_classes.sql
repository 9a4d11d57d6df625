-- How many images each class has on each background of each embedding set, and into how many groups they fall.
SELECT
    set_number,
    background,
    class,
    count(*) AS n_images,
    count(DISTINCT kept_together) AS n_groups,
    count(*) - count(kept_together) AS n_without_group,
    bool_and(placed) AS placed
FROM drawn
GROUP BY ALL
ORDER BY ALL

-- How many images each class has on each background of each embedding set, into how many groups they fall, and how many it could have.
SELECT
    set_number,
    background,
    class,
    count(image_id) AS n_images,
    count(DISTINCT kept_together) AS n_groups,
    count(image_id) - count(kept_together) AS n_without_group,
    coalesce(bool_and(placed), true) AS placed,
    coalesce(any_value(n_expected), 0) AS n_expected
FROM counted
GROUP BY ALL
ORDER BY ALL

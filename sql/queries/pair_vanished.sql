-- Classes of a plan, on each background that a classifier is made for, of whose images an embedding set has drawn none; how many were planned.
SELECT w.class, w.background, w.n_planned
FROM (
    SELECT
        localization AS class,
        CASE WHEN setting IN ('diff_loc_swap', 'cell_free_swap') THEN background_localization END AS background,
        count(*) AS n_planned
    FROM swaps
    WHERE plan_id = $plan_id AND setting = split_part($setting, '+', 1)
    GROUP BY ALL
) AS w
ANTI JOIN drawn AS d ON d.set_number = $set_number AND d.class = w.class AND d.background IS NOT DISTINCT FROM w.background
ORDER BY ALL

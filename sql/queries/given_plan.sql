-- The row of plans of the images in the table planned.
WITH sets AS (SELECT count(*) AS n, bool_or(background_class IS NOT NULL) AS swapped FROM planned GROUP BY setting, class, background_class)
SELECT
    $plan_id AS plan_id, 'given' AS kind, $screen AS screen, 1::INTEGER AS replicate, NULL::BIGINT AS seed,
    max(n) FILTER (swapped)::INTEGER AS images, NULL::VARCHAR AS conditions, NULL::VARCHAR AS replacement, $scheme AS scheme,
    $least_grade::INTEGER AS least_grade, 'none' AS split, sum(n)::BIGINT AS n_images,
    count(*) FILTER (n < (SELECT max(n) FILTER (swapped) FROM sets))::INTEGER AS n_short, NULL::VARCHAR AS fingerprint
FROM sets

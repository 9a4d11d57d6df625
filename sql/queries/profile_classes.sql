-- For each class that has kept crops or images, how many proteins it has, how many images on each side, and how many kept crops;
-- 'too few' where the class is dropped.
WITH counted AS (
    SELECT class, side, n FROM profile_counts
    UNION ALL
    SELECT class, 'kept', count(*) FROM crop_filter WHERE kept AND class IS NOT NULL GROUP BY class
)
SELECT
    c.class,
    coalesce(any_value(n_conditions), 0) AS n_conditions,
    coalesce(sum(n) FILTER (c.side = 'train'), 0)::BIGINT AS n_train,
    coalesce(sum(n) FILTER (c.side = 'test'), 0)::BIGINT AS n_test,
    coalesce(sum(n) FILTER (c.side = 'too few'), 0)::BIGINT AS n_dropped,
    coalesce(sum(n) FILTER (c.side = 'kept'), 0)::BIGINT AS n_expected
FROM counted AS c
LEFT JOIN (SELECT DISTINCT class, n_conditions FROM profile_sides) AS s ON s.class = c.class
WHERE c.class <> 'multiple'
GROUP BY c.class
ORDER BY c.class

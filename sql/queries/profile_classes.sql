-- For each class that has kept crops or images, how many proteins it has, how many images on each side, and how many kept crops;
-- 'too few' where the class is dropped.
WITH counted AS (
    SELECT localization, side, n FROM profile_counts
    UNION ALL
    SELECT localization, 'kept', count(*) FROM crop_filter WHERE kept AND localization IS NOT NULL GROUP BY localization
)
SELECT
    localization,
    coalesce(any_value(n_proteins), 0) AS n_proteins,
    coalesce(sum(n) FILTER (c.side = 'train'), 0)::BIGINT AS n_train,
    coalesce(sum(n) FILTER (c.side = 'test'), 0)::BIGINT AS n_test,
    coalesce(sum(n) FILTER (c.side = 'too few'), 0)::BIGINT AS n_dropped,
    coalesce(sum(n) FILTER (c.side = 'kept'), 0)::BIGINT AS n_expected
FROM counted AS c
LEFT JOIN (SELECT DISTINCT class, n_proteins FROM profile_sides) AS s ON s.class = c.localization
WHERE localization <> 'multiple'
GROUP BY localization
ORDER BY localization

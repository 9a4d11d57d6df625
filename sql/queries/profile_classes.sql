-- For each class, how many proteins it has, and how many images on each side; 'too few' where the class is dropped.
SELECT
    localization,
    any_value(n_proteins) AS n_proteins,
    coalesce(sum(n) FILTER (c.side = 'train'), 0)::BIGINT AS n_train,
    coalesce(sum(n) FILTER (c.side = 'test'), 0)::BIGINT AS n_test,
    coalesce(sum(n) FILTER (c.side = 'too few'), 0)::BIGINT AS n_dropped
FROM profile_counts AS c
JOIN (SELECT DISTINCT class, n_proteins FROM profile_sides) AS s ON s.class = c.localization
WHERE localization <> 'multiple'
GROUP BY localization
ORDER BY localization

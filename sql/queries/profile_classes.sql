-- For each class, how many proteins it has, and how many images on each side; 'too few' where the class is dropped.
SELECT
    localization,
    count(DISTINCT orf) AS n_proteins,
    count(*) FILTER (class = 'train') AS n_train,
    count(*) FILTER (class = 'test') AS n_test,
    count(*) FILTER (class = 'too few') AS n_dropped
FROM drawn
WHERE localization <> 'multiple'
GROUP BY localization
ORDER BY localization

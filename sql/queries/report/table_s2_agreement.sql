-- How far the raw results give the printed Supplementary Table 2.
-- @key model
-- @column model: network
-- @column n [cells]: cells of the table
-- @column n_accuracy [cells]: cells of which the accuracy agrees
-- @column n_three_se [cells]: cells of which the three standard errors agree
-- @column largest_difference [0-1]: largest difference of an accuracy
SELECT
    model, count(*) AS n, count(*) FILTER (accuracy_difference = 0) AS n_accuracy,
    count(*) FILTER (three_se_difference = 0) AS n_three_se, max(abs(accuracy_difference)) AS largest_difference
FROM table_s2_compared LEFT JOIN networks AS k USING (model)
WHERE source = 'published'
GROUP BY model
ORDER BY any_value(k.rank)

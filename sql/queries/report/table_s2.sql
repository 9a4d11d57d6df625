-- Supplementary Table 2 from the authors' raw results, beside the printed figures.
-- @key model, setting, class
-- @column model: network
-- @column setting: what was done to the background
-- @column class: class
-- @column accuracy [0-1]: mean over all classifiers of the class, two decimals, ties rounded down as the paper does
-- @column three_se [0-1]: three standard errors over those classifiers
-- @column n [classifiers]: classifiers averaged
-- @column printed_accuracy [0-1]: as printed
-- @column printed_three_se [0-1]: three standard errors as printed
-- @column accuracy_difference [0-1]: computed minus printed
SELECT
    model, setting, t.localization AS class, accuracy, three_se, n, printed_accuracy, printed_three_se, accuracy_difference
FROM table_s2_compared AS t LEFT JOIN chosen_classes AS l ON l.class = t.localization
LEFT JOIN settings AS s USING (setting) LEFT JOIN networks AS k USING (model)
WHERE source = 'published'
ORDER BY l.rank, k.rank, s.rank

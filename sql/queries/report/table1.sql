-- Table 1 by both rules beside the printed figures.
-- @key model, setting
-- @column model: network
-- @column setting: what was done to the background
-- @column printed [0-1]: Table 1 as printed
-- @column printed_three_se [0-1]: three standard errors as printed
-- @column as_published [0-1]: from the raw results by the rule of the authors' notebook
-- @column as_published_three_se [0-1]: three standard errors by that rule
-- @column as_published_difference [0-1]: that accuracy minus the printed one
-- @column as_described [0-1]: from the raw results by the rule of the paper's text
-- @column as_described_three_se [0-1]: three standard errors by that rule
-- @column as_described_difference [0-1]: that accuracy minus the printed one
-- @column n_published [classes]: localizations averaged by the notebook's rule
-- @column n_described [classes]: localizations averaged by the text's rule
WITH raw AS (
    SELECT * FROM table1_compared WHERE source = 'published'
)
SELECT
    model, setting, p.printed_accuracy AS printed, p.printed_three_se,
    p.accuracy AS as_published, p.three_se AS as_published_three_se, p.accuracy_difference AS as_published_difference,
    d.accuracy AS as_described, d.three_se AS as_described_three_se, d.accuracy_difference AS as_described_difference,
    p.n_localizations AS n_published, d.n_localizations AS n_described
FROM (FROM raw WHERE aggregation = 'as_published') AS p
JOIN (FROM raw WHERE aggregation = 'as_described') AS d USING (model, setting)
LEFT JOIN settings AS s USING (setting) LEFT JOIN networks AS k USING (model)
ORDER BY k.rank, s.rank

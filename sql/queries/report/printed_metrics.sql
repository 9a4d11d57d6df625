-- Supplementary Table 4 as printed: logistic regression on original and on masked crops.
-- @key localization
-- @column localization: class
-- @column precision_original [0-1]: precision on original crops
-- @column precision_masked [0-1]: precision on masked crops
-- @column recall_original [0-1]: recall on original crops
-- @column recall_masked [0-1]: recall on masked crops
-- @column f1_original [0-1]: F1 on original crops
-- @column f1_masked [0-1]: F1 on masked crops
-- @column f1_lost [0-1]: F1 on original minus F1 on masked crops
SELECT
    localization, o.precision AS precision_original, m.precision AS precision_masked, o.recall AS recall_original, m.recall AS recall_masked,
    o.f1 AS f1_original, m.f1 AS f1_masked, o.f1 - m.f1 AS f1_lost
FROM (FROM published_classifier_metrics WHERE crops = 'original') AS o
JOIN (FROM published_classifier_metrics WHERE crops = 'masked') AS m USING (localization)
ORDER BY f1_lost DESC, localization

-- Supplementary Table 3 as printed: cell-free swaps, with proteins held out and with five folds.
-- @key model, evaluation, localization
-- @column model: network
-- @column evaluation: proteins held out, or five folds
-- @column localization: class
-- @column accuracy [0-1]: accuracy
SELECT model, evaluation, h.localization, accuracy
FROM published_heldout_accuracy AS h LEFT JOIN localizations USING (localization)
ORDER BY rank, array_position(['pifia', 'pci', 'deeploc'], model), evaluation

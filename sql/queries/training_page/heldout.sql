-- Accuracy where a fifth of the proteins is held out, beside five folds on the same images (evaluate heldout).
SELECT
    m.model AS name, m.network, training_of(m.weights_note) AS training, h.layer, h.setting, h.held_out AS "held out", h.five_fold AS "five folds",
    h.difference, h.three_se AS "± 3 SE", h.n_classes AS localizations
FROM heldout_by_setting AS h JOIN models AS m USING (model)
LEFT JOIN settings AS s ON s.setting = split_part(h.setting, '+', 1)
WHERE h.source <> 'published'
ORDER BY place_of(m.network), training, m.model, s.rank, h.setting

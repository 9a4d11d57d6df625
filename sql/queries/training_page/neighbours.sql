-- How well the eleven nearest cells name a real cell's localization (evaluate neighbours, the rule of PCI's paper): all cells may be
-- neighbours, or none of its own field.
SELECT
    m.model AS name, m.network, training_of(m.weights_note) AS training, n.layer,
    any_value(balanced_accuracy) FILTER (n.setting = 'baseline' AND n.left_out = 'nothing') AS "whole crops",
    any_value(balanced_accuracy) FILTER (n.setting = 'baseline' AND n.left_out = 'field') AS "of other fields",
    any_value(balanced_accuracy) FILTER (n.setting = 'masked' AND n.left_out = 'nothing') AS masked,
    any_value(balanced_accuracy) FILTER (n.setting = 'masked' AND n.left_out = 'field') AS "masked, of other fields",
    any_value(n.n_images) AS cells
FROM neighbours_by_layer AS n JOIN models AS m USING (model)
WHERE n.method = 'pci'
GROUP BY m.model, m.network, training, n.layer
ORDER BY place_of(m.network), training

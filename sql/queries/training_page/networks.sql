-- The networks of a store as docs/training.md shows them: how each was trained, its accuracy in each setting, and its drop.
SELECT
    m.model AS name, m.network,
    training_of(m.weights_note) AS training,
    regexp_extract(m.weights_note, 'epoch \d+ of \d+') AS epochs, d.layer, d.baseline, d.same_class_swap AS same, d.cell_free_swap AS "cell-free",
    d.diff_class_swap AS diff, d.masked, d.drop, interval_of(r.low, r.high) AS interval,
    r.n_conditions AS proteins, d.fewest_images AS images
FROM drop_by_model AS d JOIN models AS m USING (model)
LEFT JOIN (FROM robustness_drops WHERE setting_from = 'same_class_swap' AND setting_to = 'diff_class_swap') AS r
    USING (source, model, layer, pooling)
ORDER BY place_of(m.network), d.layer,
    array_position(['untrained', 'ordinary', 'mask', 'center', 'swap', 'center+swap'], training), epochs

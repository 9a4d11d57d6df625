-- What training saw beside what it never saw, as docs/training.md shows it.
SELECT
    m.model AS name, m.network,
    training_of(m.weights_note) AS training,
    s.layer, if(s.unit = 'class', 'localizations', 'proteins') AS of,
    if(s.seen, 'in training', 'never seen') AS seen, s.baseline, s.same_class_swap AS same, s.diff_class_swap AS diff, s.drop,
    s.three_se AS "± 3 SE", s.n
FROM drop_by_seen AS s JOIN models AS m USING (model)
ORDER BY s.unit DESC, m.network, s.layer, training, m.model, s.seen DESC

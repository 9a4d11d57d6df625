-- The proteins that stand for their class when layers are compared (paper A: three a class, the purest first).
-- @key run_id, class, condition
-- @column class: class
-- @column condition: the protein
-- @column gene: gene name
-- @column chosen_by: purity, or a hash of the name where no purity is known
-- @column purity [0-1]: share of its cells that show the place
-- @column n_crops [crops]: kept crops that it has
-- @column n_candidates [conditions]: proteins of the class that could be chosen
-- @column run_id: the run
SELECT l.class, l.condition, p.gene, l.chosen_by, l.purity, l.n_crops, l.n_candidates, l.run_id
FROM layer_conditions AS l LEFT JOIN condition_classes AS p ON p.condition = l.condition LEFT JOIN chosen_classes AS r ON r.class = l.class
ORDER BY l.run_id, rank, l.place

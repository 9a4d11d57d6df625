-- The proteins that stand for their class when layers are compared (paper A: three a class, the purest first).
-- @key run_id, localization, orf
-- @column localization: class
-- @column orf: the protein
-- @column gene: gene name
-- @column chosen_by: purity, or a hash of the name where no purity is known
-- @column purity [0-1]: share of its cells that show the place
-- @column n_crops [crops]: kept crops that it has
-- @column n_candidates [proteins]: proteins of the class that could be chosen
-- @column run_id: the run
SELECT l.localization, l.orf, p.gene, l.chosen_by, l.purity, l.n_crops, l.n_candidates, l.run_id
FROM layer_proteins AS l LEFT JOIN proteins AS p ON p.orf = l.orf LEFT JOIN localizations AS r ON r.localization = l.localization
ORDER BY l.run_id, rank, l.place

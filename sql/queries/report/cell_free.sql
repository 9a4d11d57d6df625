-- Windows without cells, for the gallery: at most 12 of each data set, drawn by a hash of their names.
-- @key crop_id
-- @column screen: data set
-- @column crop_id: the window
-- @column plate: plate
-- @column well: well
-- @column distance_px [px]: from the window's centre to the nearest cell's
-- @column variance [counts^2]: variance of the protein channel
SELECT w.screen, w.crop_id, b.plate, b.well, b.distance_px, b.variance
FROM cell_free_windows AS w JOIN backgrounds AS b USING (crop_id)
QUALIFY row_number() OVER (PARTITION BY w.screen ORDER BY md5(w.crop_id)) <= 12
ORDER BY w.screen, md5(w.crop_id)

-- The intensity filter of each data set: crops whose mean protein intensity is under it are not used.
-- @key screen
-- @column screen: data set
-- @column basis: full fields, or crops where only crops exist
-- @column n_pixels [pixels]: pixels counted
-- @column threshold [counts]: the quantile of the pixels under which a crop is not used
FROM intensity_thresholds SELECT screen, basis, n_pixels, threshold ORDER BY screen

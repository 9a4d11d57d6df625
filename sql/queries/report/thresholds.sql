-- The intensity filter of each replicate of a data set: crops whose mean protein intensity is under it are not used.
-- @key screen, replicate
-- @column screen: data set
-- @column replicate: replicate
-- @column basis: full fields, or crops where only crops exist
-- @column n_pixels [pixels]: pixels counted
-- @column threshold [counts]: the quantile of the pixels under which a crop is not used
FROM intensity_thresholds SELECT screen, replicate, basis, n_pixels, threshold ORDER BY screen, replicate

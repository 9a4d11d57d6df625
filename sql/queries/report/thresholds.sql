-- The intensity filter of each data set: crops whose mean protein intensity is under it are not used.
-- @key screen
-- @column screen: data set
-- @column basis: full fields, or crops where only crops exist
-- @column n_pixels [pixels]: pixels counted
-- @column p05 [counts]: 5th percentile of the pixels
FROM intensity_thresholds SELECT screen, basis, n_pixels, p05 ORDER BY screen

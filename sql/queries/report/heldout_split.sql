-- Who is on which side when proteins or plates are held out, and how many images show pixels of the other side.
-- @key run_id, setting, role, class, side
-- @column setting: what was done to the background
-- @column split_by: what is on one side only: proteins or plates
-- @column role: whether its cells are the centre or behind it
-- @column class: class of the cells
-- @column side: train or test
-- @column n_names: proteins or plates on that side
-- @column n_images [images]: drawn images of them
-- @column overlap_share [0-1]: share of them whose centre's crop shows pixels of an image on the other side; empty where nobody knows
-- @column names: the proteins or plates, at most 12
-- @column run_id: the run
SELECT
    s.setting, split_by, role, s.class, side, count(*) AS n_names, sum(n_images)::BIGINT AS n_images,
    sum(n_overlapping) / sum(n_images) FILTER (n_overlapping IS NOT NULL) AS overlap_share,
    array_to_string(list_sort(list(name))[:12], ', ') AS names, run_id
FROM heldout_split AS s LEFT JOIN chosen_classes AS l USING (class)
LEFT JOIN settings AS o ON o.setting = split_part(s.setting, '+', 1)
GROUP BY run_id, o.rank, s.setting, split_by, role, s.class, l.rank, side
ORDER BY run_id, o.rank, s.setting, role DESC, l.rank, side DESC

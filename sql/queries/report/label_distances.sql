-- How close the images of a class are to each other, beside all images (Lu et al. 2019): under 1 where the class is closer together.
-- @key network, setting, class
-- @column network: network, layer, pooling and run
-- @column setting: what was done to the background
-- @column class: class
-- @column normalized [ratio]: mean distance between two of its images / mean distance between any two images
-- @column mean_distance [standard deviations]: mean distance between two of its images
-- @column mean_distance_all [standard deviations]: mean distance between any two images of the set
-- @column n_images [images]: images of the class
SELECT
    model || ' ' || layer || if(pooling = 'none', '', ' ' || pooling) || ', ' || d.run_id AS network, d.setting, d.class, normalized,
    mean_distance, mean_distance_all, n_images
FROM label_distances AS d LEFT JOIN chosen_classes AS l USING (class)
LEFT JOIN settings AS s ON s.setting = split_part(d.setting, '+', 1)
ORDER BY l.rank NULLS LAST, d.class, network, s.rank, d.setting

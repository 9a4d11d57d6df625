-- At most $n images of a plan that are in the table swaps_chosen, of each setting as many, drawn by a hash of their names.
SELECT
    image_id, setting, class, centre_condition AS condition, centre_crop_id AS crop_id,
    background_class, background_condition, background_crop_id
FROM swaps SEMI JOIN swaps_chosen USING (setting, image_id)
WHERE plan_id = $plan_id
  AND ($setting::VARCHAR IS NULL OR setting = $setting)
  AND ($class_name::VARCHAR IS NULL OR class = $class_name)
  AND ($background::VARCHAR IS NULL OR background_class = $background)
ORDER BY row_number() OVER (PARTITION BY setting ORDER BY md5(image_id), image_id), setting
LIMIT $n

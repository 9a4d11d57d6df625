-- Which images the two multinomial classifiers learn from, are tested on and are applied to: of every kept crop that has a vector in
-- both settings, those of singly localized proteins in classes of at least $at_least proteins (a fifth for testing), and those of
-- multiply localized ones. `position` is the place on its side, in an order that depends on nothing but names.
CREATE OR REPLACE TEMP TABLE drawn AS
WITH both_settings AS (
    SELECT image_id, any_value(crop_id) AS crop_id, any_value(orf) AS orf
    FROM embeddings
    WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting IN ($original, $masked)
    GROUP BY image_id
    HAVING count(DISTINCT setting) = 2
),
images AS (
    SELECT
        e.image_id, e.crop_id, e.orf,
        CASE WHEN p.localization IS NOT NULL THEN p.localization WHEN len(p.localizations) > 1 THEN 'multiple' END AS class,
        md5_number_lower(concat_ws('/', 'proportions', $seed::BIGINT, e.image_id)) AS lot,
        md5_number_lower(concat_ws('/', 'proportions', $seed::BIGINT, e.orf)) AS lot_of_protein
    FROM both_settings AS e
    JOIN proteins AS p ON p.orf = e.orf
    -- published features come without crops
    LEFT JOIN crop_filter AS f ON f.crop_id = e.crop_id
    WHERE coalesce(f.kept, true) AND class IS NOT NULL AND NOT list_contains(p.localizations, 'ambiguous')
),
counted AS (
    SELECT
        *,
        dense_rank() OVER (PARTITION BY class ORDER BY lot_of_protein, orf) AS protein_number,
        row_number() OVER (PARTITION BY class ORDER BY lot, image_id) AS image_number,
        count(*) OVER (PARTITION BY class) AS n_images,
        row_number() OVER (PARTITION BY orf ORDER BY image_id) = 1 AS first_of_protein
    FROM images
),
sided AS (
    SELECT
        *,
        max(protein_number) OVER (PARTITION BY class) AS n_proteins,
        CASE
            WHEN class = 'multiple' THEN 'multiple'
            WHEN n_proteins < $at_least THEN 'too few'
            WHEN $held_by = 'protein' AND protein_number <= greatest(1, round(0.2 * n_proteins)) THEN 'test'
            WHEN $held_by = 'image' AND image_number <= round(0.2 * n_images) THEN 'test'
            ELSE 'train'
        END AS side
    FROM counted
)
SELECT
    0 AS set_number, side AS class, NULL::VARCHAR AS background,
    (row_number() OVER (PARTITION BY side ORDER BY lot, image_id) - 1)::BIGINT AS position,
    image_id, crop_id, NULL::VARCHAR AS kept_together, true AS placed,
    orf, class AS localization, first_of_protein
FROM sided

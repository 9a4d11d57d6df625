-- Of the present run of proteins, how many images of each class are on each side, and a hash over which these are.
INSERT INTO profile_counts
SELECT
    getvariable('first_condition') AS first_condition, getvariable('last_condition') AS last_condition,
    label, class AS side, count(*) AS n, md5(string_agg(image_id, ',' ORDER BY image_id)) AS images
FROM drawn
GROUP BY label, class

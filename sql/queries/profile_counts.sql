-- Of the present run of proteins, how many images of each class are on each side, and a hash over which these are.
INSERT INTO profile_counts
SELECT
    getvariable('first_orf') AS first_orf, getvariable('last_orf') AS last_orf,
    localization, class AS side, count(*) AS n, md5(string_agg(image_id, ',' ORDER BY image_id)) AS images
FROM drawn
GROUP BY localization, class

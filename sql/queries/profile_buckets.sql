-- How many images of each class fall into each lot, the present run of proteins added. Made anew each time, so that its size is that of
-- the lots, however many images there are.
CREATE OR REPLACE TEMP TABLE profile_buckets AS
SELECT class, bucket, sum(n)::BIGINT AS n
FROM (FROM profile_buckets UNION ALL SELECT class, bucket, count(*) FROM profile_run GROUP BY class, bucket)
GROUP BY class, bucket

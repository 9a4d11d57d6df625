-- The images of the present run of proteins with their side as `class`, in the columns that every drawing has.
CREATE OR REPLACE TEMP VIEW drawn AS
SELECT
    0 AS set_number,
    coalesce(s.side, if(i.bucket <= s.cut, 'test', 'train')) AS class,
    NULL::VARCHAR AS background,
    i.image_id AS position,
    i.image_id,
    i.condition,
    i.class AS label,
    i.image_id = s.first_image AS first_of_condition
FROM profile_images AS i JOIN profile_sides AS s ON s.condition = i.condition

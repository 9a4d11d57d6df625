-- What came in and was not kept, by reason.
-- @key command, reason
-- @column command: the command that dropped it
-- @column reason: kind of reason
-- @column n: files or rows
-- @column example: one of them
-- @column detail: what was expected and found there
SELECT command, r.reason, count(*) AS n, min(r.place) AS example, arg_min(r.detail, r.place) AS detail
FROM rejects AS r JOIN runs USING (run_id)
GROUP BY command, r.reason
ORDER BY n DESC, command, r.reason

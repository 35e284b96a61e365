#!lua flags=allow-oom
-- Deletes what its holder put there, unless it has ended meanwhile and somebody else holds it.
-- KEYS: what is held. ARGV: the holder's mark. Returns whether it was still theirs.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])

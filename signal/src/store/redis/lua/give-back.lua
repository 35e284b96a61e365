#!lua flags=allow-oom
-- Deletes what its holder put there, unless it has ended meanwhile and somebody else holds it.
-- KEYS: what is held, and whatever else goes with it. ARGV: the holder's mark. Returns whether it was still theirs.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', unpack(KEYS))
return 1

-- Lends a word to a mailbox, for both to be found by the other: either both or neither.
-- KEYS: word, the mailbox' word. ARGV: word, mailbox, seconds. Returns the word that the mailbox has now, which it may
-- have had before, and for how many more seconds; nothing where this one is another's.
local known = redis.call('GET', KEYS[2])
if known then return {known, redis.call('TTL', KEYS[2])} end
if not redis.call('SET', KEYS[1], ARGV[2], 'NX', 'EX', ARGV[3]) then return {} end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
return {ARGV[1], ARGV[3]}

-- Counts a mailbox against a guest pass, once. Returns whether it is among those that the pass opens; where nothing may
-- be registered, that alone.
-- KEYS: guest pass. ARGV: the mailbox' name under it, most mailboxes, seconds since 1970 when this ends, may register (1, 0)
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
if ARGV[4] ~= '1' then return 1 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return 1

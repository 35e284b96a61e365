#!lua flags=allow-oom
-- Forgets a mailbox that nobody has read for long, or removes from it what is past its time. Returns how many
-- envelopes went and whether the mailbox did.
-- KEYS: mailbox, envelopes. ARGV: sequence before which envelopes are past their time, minute before which mailboxes are,
-- minutes since 1970
local row = redis.call('HMGET', KEYS[1], 'r', 'n', 'u')
if not row[1] then return {0, 0} end
if tonumber(row[1]) < tonumber(ARGV[2]) then
  if row[2] and tonumber(row[3]) > tonumber(redis.call('TIME')[1]) then
    redis.call('HSET', KEYS[1], 'r', ARGV[3])
  else
    local left = redis.call('XLEN', KEYS[2])
    redis.call('DEL', KEYS[1], KEYS[2])
    return {left, 1}
  end
end
local last = redis.call('XREVRANGE', KEYS[2], '(' .. ARGV[1] .. '-0', '-', 'COUNT', 1)[1]
if not last then return {0, 0} end
local removed = redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[1])
if redis.call('XLEN', KEYS[2]) == 0 then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[1], 'x', string.match(last[1], '-(%d+)$'))
return {removed, 0}

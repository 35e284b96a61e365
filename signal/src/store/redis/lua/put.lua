-- Puts an envelope into a registered mailbox that has room for it. Its id is its sequence and, behind the dash, the
-- bytes of all envelopes up to it: what was removed can be counted without reading it.
-- KEYS: mailbox, envelopes. ARGV: lowest sequence, envelope, most envelopes, most bytes
local row = redis.call('HMGET', KEYS[1], 'q', 't', 'x', 'n', 'e')
if not row[1] then return 'mailbox-unknown' end
local total = tonumber(row[2]) + #ARGV[2]
if total - tonumber(row[3]) > tonumber(ARGV[4]) or redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then
  return 'mailbox-full'
end
local sequence = string.format('%.0f', math.max(tonumber(row[1]) + 1, tonumber(ARGV[1])))
local sum = string.format('%.0f', total)
redis.call('XADD', KEYS[2], sequence .. '-' .. sum, 'e', ARGV[2])
redis.call('HSET', KEYS[1], 'q', sequence, 't', sum)
return {sequence, row[1], row[4] or '', row[5]}

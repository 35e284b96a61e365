-- Makes a node the reader of a mailbox and raises its epoch. Opens only on top of the epoch that the node has seen,
-- so that an opening which was held up somewhere, and comes after somebody else's, opens nothing.
-- Two scripts are made of this text: one that runs also where memory is full, for who has seen an epoch, and one that
-- does not, for who has seen none: only this one registers.
-- KEYS: mailbox, envelopes. ARGV: epoch seen (0: none), node, lease in seconds, minutes since 1970, may register (1, 0)
local row = redis.call('HMGET', KEYS[1], 'e', 'q', 'n', 'u')
local seen = row[1] or '0'
if seen ~= ARGV[1] then return {'older', seen} end
local registers = not row[1]
if registers and ARGV[5] ~= '1' then return {'full'} end
local time = redis.call('TIME')
-- A time, not a count: it rises even where a fail-over forgot the last one.
local epoch = math.max(tonumber(seen) + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
local text = string.format('%.0f', epoch)
local leased = tonumber(time[1]) + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'e', text, 'n', ARGV[2], 'u', leased, 'r', ARGV[4])
if registers then redis.call('HSET', KEYS[1], 'q', '0', 't', '0', 'x', '0') end
local before = ''
if row[3] and tonumber(row[4]) > tonumber(time[1]) then before = row[3] end
return {'opened', text, redis.call('XLEN', KEYS[2]), row[2] or '0', before, registers and 1 or 0}

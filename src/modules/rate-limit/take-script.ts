import { RedisScript } from '../cache/index.js';

/**
 * `decide` in Redis, by Redis's own clock: all replicas count alike, whatever their clocks say.
 * KEYS: the buckets, of one hash tag. ARGV: interval in microseconds and capacity of each.
 * Replies with the debt of each bucket before the request, in microseconds.
 */
export const TAKE = new RedisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local debts, allowed = {}, true
for i, key in ipairs(KEYS) do
  local interval, capacity = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local debt = math.max(0, (tonumber(redis.call('GET', key)) or 0) - now)
  debts[i] = debt
  if debt + interval > capacity * interval then allowed = false end
end
if allowed then
  for i, key in ipairs(KEYS) do
    local debt = debts[i] + tonumber(ARGV[2 * i - 1])
    redis.call('SET', key, string.format('%.0f', now + debt), 'PX', math.ceil(debt / 1000))
  end
end
return debts
`);

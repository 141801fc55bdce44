-- Buckets: requests, input, output, and total (both kinds of tokens, where Claude limits them together).
--
-- A bucket is refilled evenly and kept small: at most `BURST_S` seconds of the limit may start at once, however
-- much Claude's own bucket would bear, since Claude may refuse short bursts. How much is left in Claude's bucket
-- is followed apart, from what answers say and what was drawn since: see `slack`.

local function new_bucket(name, limit)
  return {limit = limit, level = name == 'requests' and 1 or limit / 60 * BURST_S, drawn = 0}
end

local function rate(bucket)
  return bucket.limit / 60
end

local function is_wide(bucket)
  return (bucket.width or 0) >= WIDE_S
end

-- Seconds of the limit that are left in Claude's own bucket; nil where that is not known, or it is narrow.
local function slack(bucket, now)
  local seen = bucket.seen
  if not seen or not is_wide(bucket) then return nil end
  local left = seen.left / rate(bucket) + (now - seen.at) - (bucket.drawn - seen.drawn) / rate(bucket)
  return min(left, bucket.width)
end

-- The most that a bucket may hold; no reserve of requests is laid up before the limit is known.
local function burst(state, name, bucket, now)
  if name == 'requests' and not state.heard then return 1 end
  local spare = slack(bucket, now)
  local seconds = BURST_S
  if spare then seconds = min(clamp(spare / 4, BURST_S, WIDE_BURST_S), max(spare, 0)) end
  return max(name == 'requests' and 1 or 0, rate(bucket) * seconds * state.ease)
end

-- What flows in per second: less as Claude's bucket runs dry, because others draw from it too. The older the
-- last answer, the more is kept in reserve for what we have not seen of them.
local function flow(state, bucket, now)
  local share, spare = 1, slack(bucket, now)
  if spare then
    local reserve = 1 + clamp(now - bucket.seen.at, 0, 4)
    share = clamp(spare / reserve, TRICKLE, 1)
  end
  return rate(bucket) * share * state.ease
end

-- What a call costs: where it needs Claude's narrow bucket full to the brim, a little more than it takes.
local function cost(state, name, bucket, amount, full)
  if is_wide(bucket) then return amount end
  local width = max(name == 'requests' and 1 or 0, rate(bucket))
  local room = max(0, width - amount) - max(0, full - amount)
  return amount + max(0, rate(bucket) * state.jitter - room)
end

local function draw(bucket, amount)
  if not bucket then return end
  bucket.level = bucket.level - amount
  bucket.drawn = bucket.drawn + amount
end

local function refill(state, now)
  local passed = now - max(state.at, min(now, state.resting or 0))
  for name, bucket in pairs(state.buckets) do
    bucket.level = min(burst(state, name, bucket, now), bucket.level + passed * flow(state, bucket, now))
  end
  state.ease = min(1, state.ease + passed * EASE_PER_S)
  state.jitter = max(JITTER_S, state.jitter * 0.5 ^ (passed / JITTER_HALVES_S))
  state.at = now
end

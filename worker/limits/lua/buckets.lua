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

-- Seconds of the limit that Claude's narrow bucket has room for beside a call and what else we let start.
local function room_beside(state, name, bucket, amount, full)
  if is_wide(bucket) then return WIDE_S end
  local width = max(name == 'requests' and 1 or 0, rate(bucket))
  return (max(0, width - amount) - max(0, full - amount)) / rate(bucket)
end

-- The most that may lie in a bucket: what flowed in while a worker was late to ask is not lost.
local function brim(state, name, bucket, now)
  local full, late = burst(state, name, bucket, now), 0
  if bucket.width and not is_wide(bucket) then
    local room = name == 'requests' and room_beside(state, name, bucket, 1, full) or 0
    late = clamp(room / 2, LATE_S, MOST_LATE_S)
  end
  return full + rate(bucket) * late
end

local function draw(bucket, amount)
  if not bucket then return end
  bucket.level = bucket.level - amount
  bucket.drawn = bucket.drawn + amount
end

local function refill(state, now)
  local passed = now - max(state.at, min(now, state.resting or 0))
  for name, bucket in pairs(state.buckets) do
    bucket.level = min(brim(state, name, bucket, now), bucket.level + passed * flow(state, bucket, now))
  end
  state.ease = min(1, state.ease + passed * EASE_PER_S)
  state.jitter = max(JITTER_S, state.jitter * 0.5 ^ (passed / JITTER_HALVES_S))
  state.at = now
end

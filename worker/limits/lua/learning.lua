-- What answers teach: the real limits, what is left of them, and how long answers are.

-- What has flowed in at a rate that was too high is taken back: at the first lesson to the last token.
local function set_limit(state, name, bucket, limit, is_first)
  local was = bucket.limit
  bucket.limit = limit
  if is_first then
    local full = burst(state, name, bucket, state.at)
    bucket.level = full - bucket.drawn + max(0, state.at - state.born - FIRST_CALL_S) * rate(bucket)
  elseif limit < was and bucket.level > 0 then
    bucket.level = bucket.level * limit / was
  end
end

-- Seconds of the limit that Claude's bucket holds when it is full.
local function width_of(bucket, seen, at)
  local left = seen.left / rate(bucket)
  local width = seen.full_at and left + seen.full_at - at
  if width and width >= 0 and width <= ROUNDED_S then return width end
  return max(bucket.width or 0, left) -- no clock in common: as much as was ever seen in it
end

local function learn(state, observed)
  if observed.at < (state.heard or 0) then return end -- an answer that was long under way
  local is_first = (state.heard or 0) == 0
  state.heard = observed.at
  local is_same_life = observed.born == state.born
  for name, seen in pairs(observed.buckets) do
    local bucket = state.buckets[name] or new_bucket(name, seen.limit)
    state.buckets[name] = bucket
    set_limit(state, name, bucket, seen.limit, is_first)
    bucket.width = width_of(bucket, seen, observed.at)
    bucket.seen = {
      left = seen.left,
      at = is_same_life and observed.at or state.at,
      drawn = is_same_life and observed.drawn[name] or bucket.drawn,
    }
  end
  if not observed.buckets.total then state.buckets.total = nil end
end

local function measure(state, count, tokens)
  if count == 0 then return end
  local weight = max(1 - OUTPUT_MEMORY ^ count, count / (count + state.measured))
  state.output = state.output + weight * (tokens / count - state.output)
  state.measured = state.measured + count
end

-- A call that left late comes nearer to the next, which must wait for as long.
local function put_off(state, late)
  for _, bucket in pairs(state.buckets) do
    if not is_wide(bucket) then bucket.level = bucket.level - rate(bucket) * late end
  end
end

local function settle(state, tally)
  local buckets, input, output = state.buckets, tally.input or 0, tally.output or 0
  draw(buckets.requests, tally.requests or 0)
  draw(buckets.input, input)
  draw(buckets.output, output)
  draw(buckets.total, input + output)
  if tally.late then put_off(state, tally.late) end
  measure(state, tally.measured or 0, tally.measured_output or 0)
  if (tally.good or 0) > 0 then
    state.heard = state.heard or 0
    if state.fault and tally.good_at > state.fault.since then state.fault = nil end
  end
end

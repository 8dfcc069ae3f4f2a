-- Spends the refresh tokens of the file TOKENS, and then those that it received for them.
local tokens = {}
local first, last = 1, 0

local add = function(token)
  last = last + 1
  tokens[last] = token
end

init = function()
  for token in io.lines(os.getenv('TOKENS')) do
    add(token)
  end
end

request = function()
  local body = '{"refresh_token":"' .. tokens[first] .. '"}'
  tokens[first] = nil
  first = first + 1
  return wrk.format('POST', nil, { ['Content-Type'] = 'application/json' }, body)
end

response = function(_, _, body)
  add(body:match('"refresh_token":"([^"]+)"'))
end

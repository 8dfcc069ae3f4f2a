-- Sends the tokens of the file that the environment names, one after the other.
local requests = {}
local turn = 0

init = function()
  for token in io.lines(os.getenv('TOKENS')) do
    wrk.headers['Authorization'] = 'Bearer ' .. token
    requests[#requests + 1] = wrk.format()
  end
end

request = function()
  turn = turn % #requests + 1
  return requests[turn]
end

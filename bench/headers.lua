-- Sends the header lines of the file HEADERS in turn, one per request.
local requests = {}

function init()
  for line in io.lines(os.getenv("HEADERS")) do
    local name, value = line:match("^([^:]+): (.*)$")
    requests[#requests + 1] = wrk.format("GET", nil, { [name] = value })
  end
end

local turn = 0

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

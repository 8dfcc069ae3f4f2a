// Requests a protected route at a steady rate, from its own process. Prints the 99th percentile of the milliseconds,
// and how many requests were refused. A request counts from the moment it is due, so a server that stalls shows in all
// the requests that it delays.
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const [url, token, seconds, rate = '500'] = process.argv.slice(2) as [string, string, string, string?]
const requestsPerSecond = Number(rate)
const warmUpSeconds = 0.5
const agent = new Agent({ keepAlive: true, maxSockets: 32 })
const headers = { Authorization: `Bearer ${token}` }

await askFor(warmUpSeconds)
const answers = await askFor(Number(seconds))
agent.destroy()
const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
const refused = answers.filter(({ isGood }) => !isGood).length
console.log(JSON.stringify({ p99: sorted[Math.floor(sorted.length * 0.99)], refused }))

interface Answer {
  readonly milliseconds: number
  readonly isGood: boolean
}

async function askFor(seconds: number): Promise<Answer[]> {
  const start = performance.now()
  const answers: Promise<Answer>[] = []
  for (let n = 0; n < requestsPerSecond * seconds; n++) {
    const due = start + (n * 1000) / requestsPerSecond
    while (performance.now() < due) await sleep(1)
    answers.push(ask(due))
  }
  return Promise.all(answers)
}

function ask(due: number): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (isGood: boolean) => resolve({ milliseconds: performance.now() - due, isGood })
    const request = get(url, { agent, headers }, (response) => {
      response.resume()
      response.on('end', () => end(response.statusCode === 200))
    })
    request.on('error', () => end(false))
  })
}

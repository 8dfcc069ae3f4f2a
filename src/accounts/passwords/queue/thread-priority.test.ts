import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { expect, it } from 'vitest'
import { loweredPriority, yieldToEventLoop } from './thread-priority.ts'

it.runIf(process.platform === 'linux')('the threads that hash step back, and the event loop does not', async () => {
  const before = getPriority(process.pid)
  await yieldToEventLoop()
  const priorities = readdirSync('/proc/self/task').map((thread) => ({
    name: readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim(),
    priority: getPriority(Number(thread)),
  }))
  const workers = priorities.filter(({ name }) => name.startsWith('libuv-worker'))
  expect(new Set(workers.map(({ priority }) => priority))).toEqual(new Set([loweredPriority]))
  expect(getPriority(process.pid)).toBe(before)
})

import { expect } from 'vitest'
import { ConfigurationError } from '../../src/index.ts'
import { makeHallpassApp } from './hallpass-app.ts'
import type { Oracle } from './oracle.ts'
import {
  type Answer,
  type AppConfig,
  type MintOptions,
  type Outcome,
  type PlainRequest,
  parts,
  post,
  type Recipe,
  type RequestRecipe,
  type RequestStep,
  type Row,
  type Run,
  type Tester,
  type Text,
} from './recipe.ts'

/** Sends requests to one app, made for one run. */
export type Sender = (request: PlainRequest) => Promise<Answer>

/** An implementation under test. */
export interface Target {
  readonly name: 'hallpass' | 'deb'
  /** Makes the app for a configuration; hallpass's goes by this time. */
  start(config: AppConfig, now: number): Sender
}

export const hallpass: Target = {
  name: 'hallpass',
  start(config, now) {
    const app = makeHallpassApp(config, config.machineClock ? undefined : () => now)
    return async function sendToHallpass({ method, path, headers, body }) {
      const init = { method, headers: headers as [string, string][], ...(body !== undefined && { body }) }
      const response = await app.request(path, init)
      return {
        status: response.status,
        type: response.headers.get('content-type') ?? '',
        text: await response.text(),
        cookies: response.headers.getSetCookie(),
        calls: response.headers.get('x-calls') ?? '',
      }
    }
  },
}

/** Flask-JWT-Extended as Debian 12 packages it. */
export function debian(oracle: Oracle): Target {
  return { name: 'deb', start: (config) => (request) => oracle.send(config, request) }
}

/** Goes through the steps of a row against one implementation; the other one mints its foreign tokens. */
export async function holdRow(row: Row, target: Target, other: Target): Promise<void> {
  for (const [index, run] of row.runs.entries()) await holdRun(run, `run ${index + 1}`, target, other)
}

async function holdRun(run: Run, label: string, target: Target, other: Target): Promise<void> {
  const config = target.name === 'deb' ? { ...run.config, ...run.debConfig } : run.config
  const now = run.exact && target.name === 'deb' ? await nextSecond() : Math.floor(Date.now() / 1000)
  let send: Sender
  try {
    send = target.start(config, now)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const [first] = run.steps as readonly RequestStep[]
    expect({ startRefused: error.code }).toEqual(outcomeFor(first as RequestStep, target))
    return
  }
  const tester = makeTester(now, send, () => other.start(run.config, now))
  for (const [index, step] of run.steps.entries()) {
    const where = `${label}, step ${index + 1}`
    if ('look' in step) expect(await step.look(tester), where).toEqual(step.gives)
    else await holdRequest(step, tester, target, where)
  }
}

interface StepTester extends Tester {
  fetch(request: RequestRecipe): Promise<Answer>
}

async function holdRequest(step: RequestStep, tester: StepTester, target: Target, where: string): Promise<void> {
  const answer = await tester.fetch(step.request)
  const outcome = outcomeFor(step, target)
  const { includes, ...rest } = outcome
  const label = `${where}: ${step.request.method} ${await tester.text(step.request.path)} → ${answer.text}`
  expect(comparable(answer, outcome), label).toEqual(rest)
  if (includes !== undefined) expect(JSON.parse(answer.text), label).toMatchObject(includes)
}

function outcomeFor(step: RequestStep, { name }: Target): Outcome {
  return step[name] ?? step.outcome
}

/** What the outcome speaks of, as it came. */
function comparable({ status, text, calls }: Answer, outcome: Outcome): object {
  const isJson = outcome.body !== undefined || outcome.msgStart !== undefined
  const body = isJson && text.startsWith('{') ? (JSON.parse(text) as { msg?: string }) : text
  return {
    ...(outcome.status !== undefined && { status }),
    ...(outcome.body !== undefined && { body }),
    ...(outcome.msgStart !== undefined && {
      msgStart: typeof body === 'object' ? body.msg?.slice(0, outcome.msgStart.length) : body,
    }),
    ...(outcome.calls !== undefined && { calls }),
    ...(outcome.startRefused !== undefined && { startRefused: 'started' }),
  }
}

function makeTester(now: number, send: Sender, startOther: () => Sender): StepTester {
  const texts = new Map<Recipe, Promise<string>>()
  const answers = new Map<RequestRecipe, Promise<Answer>>()

  function write(part: string | Recipe): string | Promise<string> {
    if (typeof part === 'string') return part
    const known = texts.get(part) ?? Promise.resolve(part(tester))
    texts.set(part, known)
    return known
  }

  async function mintBy(sender: Sender, kind: string, options: MintOptions): Promise<string> {
    const answer = await sender(await plain(mintRequest(kind, options)))
    if (answer.status !== 200) throw new Error(`No token was minted: ${answer.text}`)
    return (JSON.parse(answer.text) as { token: string }).token
  }

  async function plain({ method, path, headers = [], body }: RequestRecipe): Promise<PlainRequest> {
    const typed = body === undefined ? headers : [...headers, ['Content-Type', body.type] as const]
    const written = await Promise.all(typed.map(async ([name, value]) => [name, await tester.text(value)] as const))
    const content = body && { body: await tester.text(body.text) }
    return { method, path: await tester.text(path), headers: written, ...content }
  }

  const tester: StepTester = {
    now,
    text: async (text: Text) => (await Promise.all(parts(text).map(write))).join(''),
    answer: (request) => answers.get(request) ?? tester.fetch(request),
    fetch(request) {
      const answer = plain(request).then(send)
      answers.set(request, answer)
      return answer
    },
    mint: (kind, options) => mintBy(send, kind, options),
    foreign: (kind) => mintBy(startOther(), kind, {}),
  }
  return tester
}

function mintRequest(kind: string, options: MintOptions): RequestRecipe {
  return post('/mint', { body: { type: 'application/json', text: JSON.stringify({ kind, ...options }) } })
}

async function nextSecond(): Promise<number> {
  const next = Math.floor(Date.now() / 1000) + 1
  await new Promise((resolve) => setTimeout(resolve, next * 1000 - Date.now()))
  return next
}

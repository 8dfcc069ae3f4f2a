import type { Command } from 'commander'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { OpenKeyRing } from '../../keys/open-key-ring.ts'
import { addSettings, withKeyRing } from '../environment.ts'
import { exitCodes, Failure } from '../failure.ts'
import { readLine } from '../input.ts'
import { printJson } from '../output.ts'
import type { Terminal } from '../terminal.ts'

interface IssueOptions extends Record<string, unknown> {
  readonly identity: string
  readonly fresh?: boolean
  readonly expiresIn?: string
  readonly claim?: string[]
}

const ofNewTokens = ['algorithm', 'accessTokenSeconds'] as const
const ofTokens = ['database', 'encryptionSecretFile', 'previousEncryptionSecretFile', 'issuer', 'audience'] as const

export function addToken(program: Command, terminal: Terminal): void {
  const tokens = program.command('token').description('Issues and inspects single tokens with the keys of the server.')
  const issue = tokens
    .command('issue')
    .description('Prints an access token that belongs to no session.')
    .requiredOption(
      '--identity <text>',
      'required: the subject of the token; for a user of the server, the id, not the username',
    )
    .option('--fresh', 'make the token fresh, as after a login')
    .option('--expires-in <seconds>', 'lifetime of the token')
    .option('--claim <name=value...>', 'additional claims; values are JSON or plain text')
    .addHelpText(
      'after',
      '\nExample:\n  hallpass token issue --identity deploy-bot --expires-in 60 --claim pipeline=42',
    )
    .action((options: IssueOptions) =>
      withManager(terminal, 'open', options, async (jwt, noteIssued) => {
        const { peekToken } = await import('../../token/verify.ts')
        const seconds = options.expiresIn === undefined ? {} : { expiresInSeconds: secondsOf(options.expiresIn) }
        const additionalClaims = Object.fromEntries((options.claim ?? []).map(claimOf))
        const { identity, fresh = false } = options
        const token = jwt.createAccessToken(identity, { fresh, additionalClaims, ...seconds })
        // Read without verification, because a token can be issued expired, or for another audience.
        const { jti, exp } = peekToken(token).claims
        await noteIssued(identity, { jti, expires_at: exp, fresh, claims: Object.keys(additionalClaims) })
        terminal.stdout.write(`${token}\n`)
      }),
    )
  tokens
    .command('decode [token]')
    .description('Shows the contents of a token without verifying it. Reads standard input by default.')
    .addHelpText('after', '\nExample:\n  hallpass token issue --identity deploy-bot | hallpass token decode')
    .action(async (token: string | undefined) => {
      const { peekToken } = await import('../../token/verify.ts')
      const { header, claims } = peekToken(await given(token, terminal))
      printJson(terminal, { verified: false, header, claims })
    })
  const verify = tokens
    .command('verify [token]')
    .description('Verifies signature, times, issuer and audience. Does not check revocation.')
    .addHelpText('after', '\nExample:\n  hallpass token verify < token.txt')
    .action((token: string | undefined, options: Record<string, unknown>) =>
      withManager(terminal, 'read', options, async (jwt) => {
        const { header, claims } = jwt.verify(await given(token, terminal))
        printJson(terminal, { verified: true, header, claims })
      }),
    )
  addSettings(issue, [...ofTokens, ...ofNewTokens])
  addSettings(verify, [...ofTokens, 'leewaySeconds'], ofNewTokens)
}

/**
 * Signs and verifies as a server with this configuration does. @param opening `read` creates no key, even if one is
 * missing or due.
 */
function withManager(
  terminal: Terminal,
  opening: 'open' | 'read',
  options: Readonly<Record<string, unknown>>,
  work: (jwt: JwtManager, noteIssued: OpenKeyRing['noteIssued']) => Promise<void>,
): Promise<void> {
  return withKeyRing(
    terminal,
    options,
    async (ring, { issuer, audience, accessTokenSeconds, leewaySeconds, host, port }, { clock, noteIssued }) => {
      const { JwtManager } = await import('../../guard/jwt-manager.ts')
      await ring[opening]()
      const jwt = new JwtManager({
        keys: ring.keySet,
        ...(issuer === undefined ? { encodeIssuer: `http://${host}:${port}` } : { issuer }),
        audience,
        accessTokenSeconds,
        leewaySeconds,
        clock,
      })
      return work(jwt, noteIssued)
    },
  )
}

async function given(token: string | undefined, terminal: Terminal): Promise<string> {
  return (token === undefined || token === '-' ? await readLine(terminal) : token).trim()
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds === 0)
    throw new Failure('--expires-in must be a whole number of seconds other than 0', exitCodes.usage)
  return seconds
}

function claimOf(text: string): [name: string, value: unknown] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new Failure(`--claim must be name=value, not ${text}`, exitCodes.usage)
  const value = text.slice(equals + 1)
  try {
    return [text.slice(0, equals), JSON.parse(value)]
  } catch {
    return [text.slice(0, equals), value]
  }
}

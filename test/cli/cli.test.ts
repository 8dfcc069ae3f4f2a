import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import { startService } from '../auth/service.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { ensureDebianPackages } from '../debian.ts'
import { type Finished, makeFolder, runHallpass, spawnHallpass } from '../server/process.ts'

const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'
const password = 'wonderland at tea time'

describe.each(databases)('the command line on $name', ({ open }) => {
  let database: TestDatabase
  let folder: ReturnType<typeof makeFolder>
  beforeAll(async () => {
    database = await open()
    folder = makeFolder()
  })
  afterAll(async () => {
    await database.drop()
    folder.remove()
  })

  const hallpass = (args: string, input = ''): Promise<Finished> =>
    runHallpass(args.split(' '), {
      cwd: folder.path,
      env: { HALLPASS_DATABASE: database.url, HALLPASS_SECRET: secret },
      input,
    })
  const json = async (args: string) => JSON.parse((await hallpass(`${args} --json`)).stdout)

  it('makes no database by a command that adds nothing', async () => {
    for (const command of ['users list', 'users roles alice', 'keys list', 'users import - --dry-run']) {
      const finished = await hallpass(command, password)
      expect([command, finished.exitCode, finished.stderr]).toEqual([
        command,
        78,
        expect.stringMatching(/^hallpass: .*Run 'hallpass migrate' or start the server\n$/),
      ])
    }
    expect((await hallpass('migrate --status')).exitCode).toBe(0)
    if (database.url.startsWith('sqlite:')) expect(existsSync(database.url.slice('sqlite:'.length))).toBe(false)
  })

  it('migrates, and says what is applied and what is pending', async () => {
    expect((await hallpass('migrate --status')).stdout).toBe(
      'pending  0001-accounts\npending  0002-keys-and-feed\npending  0003-shared-facts\n',
    )
    expect((await hallpass('migrate')).stdout).toBe(
      'applied  0001-accounts\napplied  0002-keys-and-feed\napplied  0003-shared-facts\n',
    )
    expect(await json('migrate --status')).toEqual({
      applied: ['0001-accounts', '0002-keys-and-feed', '0003-shared-facts'],
      pending: [],
    })
  })

  it('adds users, shows them and lists them', async () => {
    const added = await hallpass('users add Alice --email alice@example.com --role admin editor', `${password}\n`)
    expect([added.exitCode, added.stderr]).toEqual([0, ''])
    await hallpass('users add bob', password)
    const alice = await json('users show alice')
    expect(alice).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: 'Alice',
      email: 'alice@example.com',
      roles: ['admin', 'editor'],
      disabled: false,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      last_login_at: null,
    })
    expect(await json(`users show ${alice.id}`)).toEqual(alice)
    expect((await json('users list')).map((user: { username: string }) => user.username)).toEqual(['Alice', 'bob'])
    expect(await json(`users list --after ${alice.id} --limit 1`)).toMatchObject([{ username: 'bob' }])
    expect((await hallpass('users list')).stdout.split('\n')[0]).toMatch(/^id +username +email +roles +disabled/)
  })

  const refused: [command: string, input: string, exitCode: number, says: RegExp][] = [
    ['users add alice', password, 1, /taken/],
    ['users add carol', 'short', 1, /at least 8/],
    ['users add carol', 'password', 1, /tried first/],
    ['users add carol', '', 64, /empty/],
    ['users add carol secret', password, 64, /never an argument/],
    ['users add caro\u200dl', password, 1, /invisible/],
    ['users show nobody', '', 1, /no user nobody/],
    ['users disable nobody', '', 1, /no user nobody/],
    ['users delete bob', '', 64, /--yes/],
    ['users list --limit none', '', 64, /--limit/],
    [`keys revoke -${'A'.repeat(42)}`, '', 1, /no such key/],
    [`keys revoke --${'h'.repeat(41)} --algorithm ES256`, '', 1, /no such key/],
    ['users import nothing.jsonl', '', 1, /cannot be read/],
    ['users import - --format xml', '', 64, /jsonl or csv/],
    ['sessions revoke', '', 64, /--user/],
    ['sessions revoke 0', '', 1, /no such session/],
    ['token verify', 'x.y.z', 1, /./],
    ['token issue', '', 64, /--identity/],
    ['frobnicate', '', 64, /unknown command/],
    ['users list --database app.db', '', 78, /--database/],
  ]
  it.each(refused)('refuses %j in one line and with its code', async (command, input, exitCode, says) => {
    const finished = await hallpass(command, input)
    expect([finished.exitCode, finished.stderr]).toEqual([exitCode, expect.stringMatching(says)])
    expect(finished.stderr).not.toMatch(/ {4}at /)
    expect(finished.stdout).toBe('')
  })

  it('changes users, and what it takes away is gone', async () => {
    const service = await startService(database.url)
    const login = (secret: string) =>
      service.call('POST', '/auth/login', { body: { username: 'bob', password: secret } })
    const { body } = await login(password)
    expect(await json('sessions list bob')).toMatchObject([{ address: '127.0.0.1' }])
    expect((await json('users roles bob reader')).roles).toEqual(['reader'])
    expect((await json('users roles bob')).roles).toEqual([])
    await hallpass('users set-password bob', 'another tea time')
    expect((await login(password)).status).toBe(401)
    expect((await login('another tea time')).status).toBe(200)
    expect((await service.call('POST', '/auth/refresh', { body: { refresh_token: body.refresh_token } })).status).toBe(
      401,
    )
    expect((await json('users disable bob')).disabled).toBe(true)
    expect((await login('another tea time')).status).toBe(401)
    expect((await json('users enable bob')).disabled).toBe(false)
    expect((await login('another tea time')).status).toBe(200)
    expect((await hallpass('sessions revoke --user bob')).stdout).toBe('Ended 1 session\n')
    expect(await json('sessions list bob')).toEqual([])
    expect((await hallpass('users delete bob --yes')).exitCode).toBe(0)
    expect((await hallpass('users show bob')).exitCode).toBe(1)
    await service.auth.close()
  })

  it('imports users of a Flask app, who log in with their old passwords and have argon2id hashes afterwards', async () => {
    await ensureDebianPackages(['python3-werkzeug'], ['/usr/bin/python3', '-c', 'import werkzeug'])
    const flask = `
import hashlib, json
from werkzeug.security import generate_password_hash
for number in range(4):
  text = f'flask password {number}'
  method = ['pbkdf2:sha256:1000', 'pbkdf2:sha512:1000'][number % 2]
  print(json.dumps({'username': f'flask{number}', 'email': None, 'password_hash': generate_password_hash(text, method)}))
digest = hashlib.scrypt(b'flask password 4', salt=b'NaClNaCl', n=32768, r=8, p=1, maxmem=132 * 32768 * 8).hex()
print(json.dumps({'username': 'flask4', 'password_hash': f'scrypt:32768:8:1$NaClNaCl\${digest}', 'roles': ['reader']}))`
    const exported = execFileSync('/usr/bin/python3', ['-c', flask], { encoding: 'utf8' })
    const imported = await hallpass('users import -', exported)
    expect(imported).toMatchObject({ exitCode: 0, stdout: 'added 5, already there 0, refused 0\n', stderr: '' })
    expect((await hallpass('users import -', exported)).stdout).toBe('added 0, already there 5, refused 0\n')
    const service = await startService(database.url, { passwords: {} })
    for (let number = 0; number < 5; number++) {
      const body = { username: `flask${number}`, password: `flask password ${number}` }
      expect((await service.call('POST', '/auth/login', { body: { ...body, password: 'wrong' } })).status).toBe(401)
      expect((await service.call('POST', '/auth/login', { body })).status).toBe(200)
      expect((await service.call('POST', '/auth/login', { body })).status).toBe(200)
    }
    await service.auth.close()
    const { sql, close } = await openDatabase(database.url)
    const rows = await sql
      .selectFrom('hallpass_users')
      .select('password_hash')
      .where('username', 'like', 'flask%')
      .execute()
    for (const { password_hash } of rows) expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    await close()
    // Who has logged in since is there, and is left alone.
    expect((await hallpass('users import -', exported)).stdout).toBe('added 0, already there 5, refused 0\n')
  })

  const hash = `pbkdf2:sha256:1000$salt$${'ab'.repeat(32)}`
  const files: [what: string, format: string, content: string, added: number, refused: RegExp[]][] = [
    ['nothing', 'jsonl', '', 0, []],
    [
      'a byte order mark, carriage returns and empty lines',
      'jsonl',
      `\ufeff{"username":"i1","password_hash":"${hash}"}\r\n\r\n`,
      1,
      [],
    ],
    ['no JSON', 'jsonl', 'hello\n', 0, [/line 1: This is not JSON/]],
    ['a list', 'jsonl', '[]\n', 0, [/line 1: .*object/]],
    ['a number for a name', 'jsonl', `{"username":1,"password_hash":"${hash}"}\n`, 0, [/line 1: username/]],
    [
      'an unknown member',
      'jsonl',
      `{"username":"i2","password_hash":"${hash}","admin":true}\n`,
      0,
      [/line 1: .*admin/],
    ],
    [
      'a password',
      'jsonl',
      '{"username":"i2","password":"in the clear"}\n',
      0,
      [/line 1: .*Passwords are not imported/],
    ],
    ['a hash that is called password', 'jsonl', `{"username":"i0","password":"${hash}"}\n`, 1, []],
    [
      'a hash of no known format',
      'jsonl',
      '\n{"username":"i2","password_hash":"md5"}\n',
      0,
      [/line 2: .*no known format/],
    ],
    [
      'one name twice',
      'jsonl',
      `{"username":"i3","password_hash":"${hash}"}\n{"username":"I3","password_hash":"${hash.replace('ab', 'cd')}"}\n`,
      1,
      [/line 2: .*taken/],
    ],
    [
      'CSV',
      'csv',
      `username,password_hash,email,roles,disabled\r\n"i4",${hash},,admin;editor,true\r\ni5,${hash},i5@example.com,,\r\n`,
      2,
      [],
    ],
    ['CSV that breaks off', 'csv', `username,password_hash\ni6,${hash}\ni7\n"i8,${hash}\n`, 1, [/line 3/, /line \d/]],
    ['CSV of other columns', 'csv', `name,hash\ni9,${hash}\n`, 0, [/line 2: /]],
  ]
  it.each(files)('imports %s', async (_what, format, content, added, refused) => {
    const path = join(folder.path, `users.${format}`)
    writeFileSync(path, content)
    const { exitCode, stdout, stderr } = await hallpass(
      `users import ${path} --rejects ${join(folder.path, 'rejects')}`,
    )
    expect([exitCode, stdout]).toEqual([
      refused.length > 0 ? 1 : 0,
      `added ${added}, already there 0, refused ${refused.length}\n`,
    ])
    for (const pattern of refused) expect(stderr).toMatch(pattern)
    expect(stderr).not.toContain(hash.slice(-20))
    const rejects = readFileSync(join(folder.path, 'rejects'), 'utf8').trim()
    expect(rejects === '' ? [] : rejects.split('\n')).toHaveLength(refused.length)
    expect(statSync(join(folder.path, 'rejects')).mode & 0o777).toBe(0o600)
  })

  it('adds nobody on a dry run', async () => {
    const content = `{"username":"dry","password_hash":"${hash}"}\n`
    expect((await hallpass('users import - --dry-run', content)).stdout).toBe('added 1, already there 0, refused 0\n')
    expect((await hallpass('users show dry')).exitCode).toBe(1)
  })

  it('goes on with an import that was killed in its middle', async () => {
    const path = join(folder.path, 'many.jsonl')
    const total = 20_000
    const line = (number: number) => `{"username":"many${number}","password_hash":"${hash}"}`
    writeFileSync(path, Array.from({ length: total }, (_, number) => line(number)).join('\n'))
    const options = { cwd: folder.path, env: { HALLPASS_DATABASE: database.url } }
    const running = spawnHallpass(['users', 'import', path], options)
    await sleep(600)
    running.child.kill('SIGKILL')
    await running.finished
    const { stdout } = await hallpass(`users import ${path} --json`)
    const counts = JSON.parse(stdout)
    expect(counts.added + counts.already_there).toBe(total)
    expect(counts.refused).toBe(0)
    expect(JSON.parse((await hallpass(`users import ${path} --json`)).stdout)).toEqual({
      added: 0,
      already_there: total,
      refused: 0,
    })
  }, 60_000)

  it('issues tokens, decodes them and checks them', async () => {
    const issued = await hallpass('token issue --identity bot --expires-in 60 --claim role=deploy --claim level=3')
    const token = issued.stdout.trim()
    const verified = JSON.parse((await hallpass('token verify', token)).stdout)
    expect(verified).toMatchObject({ verified: true, claims: { sub: 'bot', role: 'deploy', level: 3, fresh: false } })
    expect(verified.claims.exp - verified.claims.iat).toBe(60)
    const changed = `${token.slice(0, -3)}${token.endsWith('AAA') ? 'BBB' : 'AAA'}`
    expect(JSON.parse((await hallpass(`token decode ${changed}`)).stdout)).toMatchObject({ verified: false })
    expect((await hallpass('token verify', changed)).exitCode).toBe(1)
    expect((await hallpass('token verify --issuer https://id.example', token)).exitCode).toBe(1)
  })
})

describe('hallpass', () => {
  it('makes secrets that production takes', async () => {
    const [one, other] = await Promise.all([runHallpass(['secret']), runHallpass(['secret'])])
    expect(one.stdout).toMatch(/^[\w-]{43}\n$/)
    expect(createHash('sha256').update(one.stdout).digest()).not.toEqual(
      createHash('sha256').update(other.stdout).digest(),
    )
  })

  it('is described, every command with an example', async () => {
    const names = [
      'serve',
      'migrate',
      ...['add', 'list', 'show', 'disable', 'enable', 'delete', 'set-password', 'roles', 'import'].map(
        (name) => `users ${name}`,
      ),
      ...['list', 'revoke'].map((name) => `sessions ${name}`),
      ...['list', 'rotate', 'revoke', 'rewrap', 'export-public'].map((name) => `keys ${name}`),
      ...['add', 'list', 'remove'].map((name) => `clients ${name}`),
      'secret',
      ...['issue', 'decode', 'verify'].map((name) => `token ${name}`),
    ]
    const documented = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
    for (const name of names) {
      const { exitCode, stdout } = await runHallpass([...name.split(' '), '--help'])
      expect([name, exitCode]).toEqual([name, 0])
      expect(stdout).toMatch(/Example:\n {2}.*hallpass /)
      expect(documented).toContain(`hallpass ${name}`)
      const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option as string)
      if (name !== 'serve')
        for (const option of options) expect([name, documented]).toEqual([name, expect.stringContaining(option)])
    }
  }, 60_000)

  it('does not mind that nobody reads on', () => {
    const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
    const script = `"${process.execPath}" --conditions=hallpass-source "${main}" --help | head -1`
    expect(execFileSync('bash', ['-o', 'pipefail', '-c', script], { encoding: 'utf8' })).toMatch(/^Usage: hallpass/)
  })
})

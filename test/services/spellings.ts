/** A line of a request, exactly as it is sent. */
export type Line = readonly [name: string, value: string]

/** The three headers, read like the servers that fold names most: all but letters and digits become underscores. */
export function identity(body: string): Record<string, string | undefined> {
  const folded: Record<string, string> = {}
  for (const [name, value] of Object.entries<string>(JSON.parse(body))) {
    const key = name.replace(/[^A-Z0-9]/g, '_')
    folded[key] = key in folded ? `${folded[key]},${value}` : value
  }
  const { X_AUTH_USER: user, X_AUTH_SESSION: session, X_AUTH_ROLES: roles } = folded
  return { user, session, roles }
}

/** Spellings of a name with hyphens, such as `X-Auth-Roles`, that some servers read as that name. */
export const spellings: [what: string, spell: (name: string) => readonly Line[]][] = [
  ['as it is', (name) => [[name, 'admin']]],
  ['in small letters', (name) => [[name.toLowerCase(), 'admin']]],
  ['in capitals', (name) => [[name.toUpperCase(), 'admin']]],
  [
    'in mixed letters',
    (name) => [[name.replace(/[a-z]/g, (letter, i) => (i % 2 ? letter.toUpperCase() : letter)), 'admin']],
  ],
  [
    'twice',
    (name) => [
      [name, 'admin'],
      [name.toLowerCase(), 'root'],
    ],
  ],
  [
    'empty, then not',
    (name) => [
      [name, ''],
      [name, 'admin'],
    ],
  ],
  [
    'in two spellings',
    (name) => [
      [name, 'admin'],
      [name.replaceAll('-', '_'), 'root'],
    ],
  ],
  ['with the second hyphen as an underscore', (name) => [[name.replace(/-(?=[^-]*$)/, '_'), 'admin']]],
  ['with the first hyphen as an underscore', (name) => [[name.replace('-', '_'), 'admin']]],
  ['with underscores in small letters', (name) => [[name.toLowerCase().replaceAll('-', '_'), 'admin']]],
  ...[..."_.!#$%&'*+^`|~"].map((other): [string, (name: string) => readonly Line[]] => [
    `with ${other}`,
    (name) => [[name.replaceAll('-', other), 'admin']],
  ]),
  ['behind a space', (name) => [[` ${name}`, 'admin']]],
  ['before a space', (name) => [[`${name} `, 'admin']]],
  ['with spaces', (name) => [[name.replaceAll('-', ' '), 'admin']]],
  ['with ß, which is SS in capitals', (name) => [[name.replace('ss', 'ß'), 'admin']]],
  ['with a soft hyphen', (name) => [[name.replaceAll('-', '\u00ad'), 'admin']]],
  ['on a continued line', (name) => [['X-Other', `a\r\n ${name}: admin`]]],
  ['in a line behind a bare line feed', (name) => [['X-Other', `a\n${name}: admin`]]],
  ['behind a bare carriage return', (name) => [['X-Other', `a\r${name}: admin`]]],
  ['named by Connection', (name) => [['Connection', `close, ${name}`]]],
  [
    'named by Connection, and there',
    (name) => [
      ['Connection', name],
      [name, 'admin'],
    ],
  ],
]
/** The headers that state the user. */
export const written: readonly string[] = ['X-Auth-User', 'X-Auth-Session', 'X-Auth-Roles']

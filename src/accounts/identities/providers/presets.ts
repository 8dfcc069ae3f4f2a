import {
  dataOf,
  neverVerified,
  type ProviderClaims,
  primaryAddress,
  primaryVerified,
  statedAddress,
  textOf,
  verifiedByClaim,
} from './claims.ts'

export type PresetName =
  | 'google'
  | 'microsoft'
  | 'apple'
  | 'github'
  | 'gitlab'
  | 'discord'
  | 'facebook'
  | 'linkedin'
  | 'x'
  | 'twitch'
  | 'slack'
  | 'openid'
  | 'oauth'

/** Where a provider without discovery has its endpoints. */
export interface Endpoints {
  readonly authorization: string
  readonly token: string
  readonly user: string
  /** Lists the addresses of the account, which become `emails` of the claims. */
  readonly emails?: string
}

/** What is particular to a provider. */
export interface Preset {
  /** What people call it. */
  readonly title: string
  /** For OpenID providers, where discovery begins; for all others, what identifies their accounts. */
  readonly issuer?: string
  /** Absent for OpenID providers that have discovery. */
  readonly endpoints?: Endpoints
  readonly scope: string
  /** Additional parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>
  /** `basic` sends the secret in a header. Some providers accept only one of the two. */
  readonly secretIn: 'basic' | 'body'
  /** Whether every web application needs a client secret. */
  readonly needsSecret?: true
  /** Whether it posts its response as a form. */
  readonly postsForm?: true
  /** Whether its token endpoint answers `scope` as a list, not as a string (RFC 6749 section 5.1). */
  readonly listsScope?: true
  /**
   * Whether it can authenticate a person again who is signed in there, and states when it did (OpenID Connect Core
   * 3.1.2.1).
   */
  readonly provesAgain?: true
  /** Whether it rejects PKCE. */
  readonly refusesPkce?: true
  /** Identifies the account for good: never an address or a name, which another account may have later. */
  readonly subject: (claims: ProviderClaims) => string | undefined
  readonly address: (claims: ProviderClaims) => string | undefined
  /** The address, if the provider has verified that the account receives mail there. */
  readonly verifiedAddress: (claims: ProviderClaims) => string | undefined
}

const bySub = ({ sub }: ProviderClaims): string | undefined => textOf(sub)
const byId = ({ id }: ProviderClaims): string | undefined => textOf(id)

const openid = {
  scope: 'openid email',
  secretIn: 'body',
  subject: bySub,
  address: statedAddress,
  verifiedAddress: verifiedByClaim,
} as const satisfies Partial<Preset>

const plain = { secretIn: 'body', subject: byId, address: statedAddress } as const satisfies Partial<Preset>

const graph = 'https://graph.facebook.com/v23.0'

/** One row per provider. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  google: { ...openid, title: 'Google', issuer: 'https://accounts.google.com', needsSecret: true },
  // Anyone who runs a directory can enter any address and any name there. Only `xms_edov`, an optional claim, states
  // that the directory has proven to own the domain of the address.
  microsoft: {
    ...openid,
    title: 'Microsoft',
    issuer: 'https://login.microsoftonline.com/{tenant}/v2.0',
    provesAgain: true,
    verifiedAddress: (claims) => (claims.xms_edov === true ? statedAddress(claims) : undefined),
  },
  // If a scope is requested, Apple posts its response.
  apple: { ...openid, title: 'Apple', issuer: 'https://appleid.apple.com', postsForm: true },
  github: {
    ...plain,
    title: 'GitHub',
    needsSecret: true,
    issuer: 'https://github.com/login/oauth',
    endpoints: {
      authorization: 'https://github.com/login/oauth/authorize',
      token: 'https://github.com/login/oauth/access_token',
      user: 'https://api.github.com/user',
      emails: 'https://api.github.com/user/emails',
    },
    scope: 'read:user user:email',
    address: primaryAddress,
    verifiedAddress: primaryVerified,
  },
  // Its auth_time is shared by all sessions of a user, so it says nothing about this browser.
  gitlab: { ...openid, title: 'GitLab', issuer: 'https://gitlab.com' },
  discord: {
    ...plain,
    title: 'Discord',
    issuer: 'https://discord.com',
    endpoints: {
      authorization: 'https://discord.com/oauth2/authorize',
      token: 'https://discord.com/api/oauth2/token',
      user: 'https://discord.com/api/users/@me',
    },
    scope: 'identify email',
    verifiedAddress: (claims) => (claims.verified === true ? statedAddress(claims) : undefined),
  },
  facebook: {
    ...plain,
    title: 'Facebook',
    needsSecret: true,
    issuer: 'https://www.facebook.com',
    endpoints: {
      authorization: 'https://www.facebook.com/v23.0/dialog/oauth',
      token: `${graph}/oauth/access_token`,
      user: `${graph}/me?fields=id,email`,
    },
    scope: 'email',
    verifiedAddress: neverVerified,
  },
  // It supports OpenID Connect, but omits the nonce and rejects PKCE.
  linkedin: {
    ...openid,
    title: 'LinkedIn',
    needsSecret: true,
    issuer: 'https://www.linkedin.com/oauth',
    endpoints: {
      authorization: 'https://www.linkedin.com/oauth/v2/authorization',
      token: 'https://www.linkedin.com/oauth/v2/accessToken',
      user: 'https://api.linkedin.com/v2/userinfo',
    },
    scope: 'openid profile email',
    refusesPkce: true,
  },
  x: {
    ...plain,
    title: 'X',
    issuer: 'https://x.com',
    endpoints: {
      authorization: 'https://x.com/i/oauth2/authorize',
      token: 'https://api.x.com/2/oauth2/token',
      user: 'https://api.x.com/2/users/me?user.fields=confirmed_email',
    },
    scope: 'users.read tweet.read users.email',
    secretIn: 'basic',
    subject: (claims) => textOf(dataOf(claims).id),
    address: (claims) => textOf(dataOf(claims).confirmed_email),
    verifiedAddress: (claims) => textOf(dataOf(claims).confirmed_email),
  },
  twitch: {
    ...openid,
    title: 'Twitch',
    needsSecret: true,
    issuer: 'https://id.twitch.tv/oauth2',
    scope: 'openid user:read:email',
    parameters: { claims: '{"id_token":{"email":null,"email_verified":null}}' },
    listsScope: true,
  },
  slack: { ...openid, title: 'Slack', issuer: 'https://slack.com' },
  /** Any OpenID provider, by its issuer. */
  openid: { ...openid, title: 'OpenID', provesAgain: true },
  /** Any OAuth 2.0 server with an endpoint that says who the user is. */
  oauth: {
    ...plain,
    title: 'OAuth',
    scope: '',
    subject: (claims) => bySub(claims) ?? byId(claims),
    verifiedAddress: verifiedByClaim,
  },
}

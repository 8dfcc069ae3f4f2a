import type { Brand } from './brand.ts'

/** What all pages know of the server. */
export interface Site {
  readonly brand: Brand
  /** The address of one of our pages, such as `to('/sign-in')`, with a query. Values that are absent are left out. */
  readonly to: (path: string, query?: Readonly<Record<string, string | undefined>>) => string
  /** The reverse: the path of one of our pages, such as `/sign-in`; `undefined` for any other address. */
  readonly pathAt: (address: string) => string | undefined
  /** The origin of the public URL, if there is one. */
  readonly ownOrigin: string | undefined
  /** The origins that `return_to` may lead to. */
  readonly origins: readonly string[]
  readonly hasMail: boolean
  readonly hasEmailSignIn: boolean
  readonly isRegistrationOpen: boolean
  readonly requiresEmail: boolean
  readonly passwordMinLength: number
  /** How long a device is trusted if the user asks for it; 0 if none is. */
  readonly trustedDeviceSeconds: number
  /** The addresses of the style sheet, the script, the icon, and the logo if there is one. */
  readonly assets: {
    readonly style: string
    readonly script: string
    /** Loaded only where a passkey is used. */
    readonly passkeys: string
    readonly icon: string
    readonly logo: string | undefined
  }
}

import type { MailParams, TemplateName } from './params.ts'

/** A mail as the plain text of its parts. The layout escapes all of it. */
export interface Content {
  readonly subject: string
  /** Paragraphs above the button. */
  readonly intro: readonly string[]
  readonly button?: { readonly label: string; readonly link: string }
  /** For people who cannot open the link on the device where they need it. */
  readonly code?: string
  /** Paragraphs below the button and the code. */
  readonly outro: readonly string[]
}

/** The texts of one language: a function for each template. `site` is the host of the service. */
export type Messages = {
  readonly [Name in TemplateName]: (params: MailParams[Name], site: string) => Content
} & {
  readonly common: {
    readonly greeting: (username: string) => string
    readonly anonymousGreeting: string
    readonly codeLabel: string
    readonly linkLabel: string
    /** A browser on a system. */
    readonly device: (browser: string, system: string) => string
    readonly footer: (site: string) => string
  }
}

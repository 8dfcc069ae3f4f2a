/** A mail with a link and a code. Either is enough, and each works once. */
export interface Challenge {
  readonly username: string
  readonly link: string
  readonly code: string
  /** How long both are valid. */
  readonly minutes: number
}

/** What a notice says of a change: whose account, when, and from where. */
export interface Notice {
  readonly username: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** From the request; `null` if there was none. */
  readonly userAgent: string | null
  readonly address: string | null
  /** Where the user goes if someone else made the change: to reset the password, or to cancel. */
  readonly link: string
}

/**
 * The templates and their parameters, which are stored as JSON. They are text, and are escaped and cleared of control
 * characters when the mail is written.
 */
export interface MailParams {
  verify_email: Challenge
  reset_password: Challenge
  sign_in: Challenge
  /** To the new address. */
  change_email: Challenge & { readonly newAddress: string }
  /** To the old address, while it is still in use. The link cancels the change. */
  change_email_notice: Notice & { readonly newAddress: string }
  /** To the old address, after the change. The link restores it. */
  email_changed: Notice & { readonly days: number }
  /** To both addresses, after the old one was restored. */
  email_restored: Notice
  /** To the owner of an address that someone tried to register again. */
  account_exists: { readonly username: string; readonly loginLink: string; readonly resetLink: string }
  password_changed: Notice
  password_removed: Notice
  username_changed: Notice & { readonly newUsername: string }
  factor_added: Notice & { readonly factor: string }
  factor_removed: Notice & { readonly factor: string }
  /** For an account at another provider. */
  identity_added: Notice & { readonly provider: string }
  identity_removed: Notice & { readonly provider: string }
  recovery_codes_made: Notice
  recovery_code_used: Notice & { readonly remaining: number }
  passkey_copied: Notice & { readonly factor: string }
  factor_locked: Notice & { readonly attempts: number }
  new_device: Notice
  /** `until` is ISO 8601, UTC. */
  device_trusted: Notice & { readonly until: string }
  account_deleted: Omit<Notice, 'link'>
  one_time_link: { readonly username: string; readonly link: string; readonly hours: number }
  /** For `hallpass mail send-test`. */
  test: Readonly<Record<never, never>>
}

export type TemplateName = keyof MailParams

/** A mail before it is written: a template with its parameters. */
export type MailOf<Name extends TemplateName = TemplateName> = {
  readonly [Each in Name]: { readonly template: Each; readonly params: MailParams[Each] }
}[Name]

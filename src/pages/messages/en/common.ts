/** On every page. */
export const common = {
  signOut: 'Sign out',
  optional: '(optional)',
  showPassword: 'Show password',
  /** From the weakest. */
  strength: ['Too short', 'Weak', 'Fair', 'Good', 'Strong'] as readonly string[],
  copy: 'Copy',
  copied: 'Copied',
  back: 'Back',
  cancel: 'Cancel',
  continue: 'Continue',
  username: 'Username',
  email: 'E-mail address',
  password: 'Password',
  newPassword: 'New password',
  code: 'Code',
  passwordHint: (minLength: number): string =>
    `At least ${minLength} characters. A few words that do not belong together are good.`,
  failed: 'That did not work',
  tryAgainIn: (seconds: number): string =>
    seconds < 90 ? `Try again in ${seconds} seconds.` : `Try again in ${Math.ceil(seconds / 60)} minutes.`,
  notFound: 'There is no such page',
  notFoundLead: 'The address may be mistyped, or out of date.',
  home: 'Go to the start page',
}

/** What a refusal means to a person, by its code. */
export const problems = {
  form: 'Some of this needs your attention:',
  other: 'That did not work. Please try again.',
  invalid_credentials: 'The name or the password is wrong.',
  invalid_request: 'Some of this needs your attention:',
  password_wrong: 'The password is wrong.',
  password_same: 'This is the password that you have now.',
  mfa_enrollment_required: 'Your account may only be used with an authenticator app: add another one first.',
  insufficient_user_authentication: 'This has taken a while. Confirm that it is you.',
  token_not_fresh: 'This has taken a while. Confirm that it is you.',
  session_required: 'Sign in here first.',
  username_taken: 'This username is taken.',
  email_taken: 'Another account has this address.',
  registration_closed: 'New accounts are not accepted here.',
  email_not_verified: 'Verify your e-mail address first: we sent you a mail when the account was made.',
  mfa_token_invalid: 'That took too long. Please sign in again.',
  mfa_code_invalid: 'This code is wrong, or was used before. Enter the next one.',
  code_invalid: 'This code or link is wrong, was used before, or has expired.',
  mail_disabled: 'This server sends no mail.',
  email_sign_in_disabled: 'Signing in by mail is off here.',
  factor_limit_reached: 'You have as many authenticator apps as an account can have.',
  factor_not_found: 'This took more than an hour. Please begin again.',
  session_not_found: 'This session has ended.',
  cross_site_refused: 'This form did not come from here. Open the page again, and send it from there.',
  rate_limited: 'Too many attempts.',
  overloaded: 'Many people are signing in right now.',
  unavailable: 'This service is not available right now. Nothing is lost.',
  body_too_large: 'That is too much text.',
}

/** What is wrong with what was typed in, by field. */
export const faults = {
  other: 'This is not valid.',
  username: 'Use 1 to 64 characters, without control characters.',
  email: 'This is not an e-mail address.',
  new_email: 'This is not an e-mail address.',
  password: 'Use more characters, and no common password or your own name.',
  new_password: 'Use more characters, and no common password or your own name.',
  name: 'Use 1 to 64 characters.',
}

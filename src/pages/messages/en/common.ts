function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** On every page. */
export const common = {
  signOut: 'Sign out',
  optional: '(optional)',
  showPassword: 'Show password',
  /** From the weakest. */
  strength: ['Too short', 'Weak', 'Fair', 'Good', 'Strong'] as readonly string[],
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Copying failed: select the text instead',
  cancel: 'Cancel',
  continue: 'Continue',
  username: 'Username',
  email: 'E-mail address',
  password: 'Password',
  newPassword: 'New password',
  passwordHint: (minLength: number): string => `At least ${minLength} characters. A few unrelated words work well.`,
  failed: 'That did not work',
  tryAgainIn: (seconds: number): string =>
    `Try again in ${seconds < 90 ? counted(seconds, 'second') : counted(Math.ceil(seconds / 60), 'minute')}.`,
  notFound: 'Page not found',
  notFoundLead: 'The address may be mistyped, or out of date.',
  home: 'Go to the start page',
}

/** What a refusal means to a person, by its code. */
export const problems = {
  form: 'Please check the following:',
  other: 'That did not work. Please try again.',
  invalid_credentials: 'The name or the password is wrong.',
  invalid_request: 'Please check the following:',
  password_wrong: 'The password is wrong.',
  password_same: 'This is already your password.',
  mfa_enrollment_required: 'Your account requires a second factor: add another one first.',
  insufficient_user_authentication: 'It has been a while. Confirm that it is you.',
  token_not_fresh: 'It has been a while. Confirm that it is you.',
  session_required: 'Sign in here first.',
  username_taken: 'This username is taken.',
  email_taken: 'Another account has this address.',
  registration_closed: 'Registration is closed.',
  email_not_verified: 'Verify your e-mail address first: we sent you a mail when you created the account.',
  mfa_token_invalid: 'This sign-in has expired, or had too many wrong codes. Please sign in again.',
  mfa_code_invalid: 'This code is wrong, or was used before. Enter another one.',
  code_invalid: 'This code or link is wrong, was used before, or has expired.',
  passkey_invalid: 'This passkey did not work. Try again, or sign in another way.',
  passkey_refused:
    'This passkey does not sign you in here. It may have been removed, or be a second factor only. Sign in another way.',
  passkey_not_found: 'This passkey was already removed.',
  provider_not_found: 'This way to sign in is not set up here.',
  provider_refused: 'Signing in there did not work, or was cancelled. Try again, or sign in another way.',
  account_exists:
    'An account with this e-mail address exists. Sign in to that account first, and the two will be linked.',
  identity_taken: 'This account is already linked to another user.',
  identity_not_found: 'This account was already unlinked.',
  device_not_found: 'This device was already removed.',
  last_way_in: 'This is the only way to sign in to the account. Add another one first.',
  provider_unavailable: 'The other service does not answer. Try again later, or sign in another way.',
  mail_disabled: 'This server sends no mail.',
  email_sign_in_disabled: 'Signing in by mail is turned off here.',
  factor_limit_reached: 'You have as many as an account can have. Remove one first.',
  factor_not_found: 'This app is not waiting to be set up any more. Please begin again.',
  session_not_found: 'This session has ended.',
  cross_site_refused: 'This form was not sent from this site. Open the page again and send it from there.',
  rate_limited: 'Too many attempts.',
  overloaded: 'Many people are signing in right now.',
  other_user: 'Someone else has signed in since this page was opened. Open it again.',
  unavailable: 'This service is not available right now.',
  body_too_large: 'That is too long.',
}

/** What is wrong with what was typed in, by field. */
export const faults = {
  other: 'This is not valid.',
  username: 'Use 1 to 64 visible characters of one alphabet, and single spaces only between words.',
  email: 'This is not an e-mail address.',
  new_email: 'This is not an e-mail address.',
  password: 'Choose a longer password, not a common one and not your own name.',
  new_password: 'Choose a longer password, not a common one and not your own name.',
  name: 'Use 1 to 64 visible characters.',
}

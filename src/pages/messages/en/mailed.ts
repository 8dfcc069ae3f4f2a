/** The pages that mails link to, and those that have mails sent. */
export const mailed = {
  code: 'Code from the mail',
  link: 'Link from the mail',
  linkHint: 'Copy the whole link from the mail, and paste it here. It ends in a long row of letters and digits.',
  noMail: 'No mail? Check your spam folder, or',
  askAgain: 'ask for another',
  backToSignIn: 'Back to sign-in',
  verify: {
    title: 'Verify your address',
    press: 'Press the button to verify your address.',
    type: 'Enter your address, and the code from the mail.',
    submit: 'Verify address',
  },
  reset: {
    title: 'Set a new password',
    press: 'Choose a new password. You will be signed out everywhere.',
    type: 'Enter your address, the code from the mail, and a new password. You will be signed out everywhere.',
    submit: 'Set password',
    afterUndo:
      'The change is undone, and your previous address is in use again. We sent it a code: set a new password with it.',
  },
  oneTime: {
    title: 'Get back into your account',
    press: 'Choose a new password. You will be signed out everywhere.',
    type: 'Paste the link that you were given, and choose a new password. You will be signed out everywhere.',
    submit: 'Set password',
  },
  change: {
    title: 'Confirm your new address',
    press: 'Press the button to use this address for your account. Sessions on other devices will end.',
    type: 'Enter the code that we mailed to your new address. Sessions on other devices will end.',
    paste: 'Paste the link that we mailed to your new address. Sessions on other devices will end.',
    submit: 'Use this address',
  },
  cancel: {
    title: 'Keep your address',
    press: 'Press the button to cancel the change of your address.',
    type: 'Paste the link from the mail to cancel the change of your address.',
    submit: 'Cancel the change',
    done: 'The change is cancelled',
    doneLead:
      'Your address stays as it was. If you did not ask for the change, someone else may be signed in to your account. Set a new password.',
    setPassword: 'Set a new password',
    toAccount: 'Go to your account',
  },
  undo: {
    title: 'Undo the change of your address',
    press:
      'Your previous address will be in use again. You will be signed out everywhere, the password will be removed, and we will mail you a code to set a new one.',
    type: 'Paste the link from the mail, and your previous address is in use again. You will be signed out everywhere, the password will be removed, and we will mail you a code to set a new one.',
    submit: 'Undo the change',
  },
  signInLink: {
    title: (name: string): string => `Sign in to ${name}`,
    press: 'Press the button to sign in on this device.',
    type: 'Enter your address, and the code from the mail.',
    submit: 'Sign in',
    created: 'Welcome',
    createdLead: 'There was no account with your address, so we created one. It has no password: you sign in by mail.',
    adopted: 'This account is now yours',
    adoptedLead:
      'It was created with your address, which had never been verified. For your safety, we removed its password and ended its sessions.',
    setPassword: 'Set a password',
  },
  askVerification: {
    title: 'Verify your address',
    lead: 'Enter your address, and we will mail you a link and a code.',
    submit: 'Send the mail',
  },
  askReset: {
    title: 'Forgot your password?',
    lead: 'Enter the address of your account, and we will mail you a link and a code to set a new one.',
    submit: 'Send the mail',
  },
  askSignIn: {
    title: 'Sign in by mail',
    lead: 'Enter your address, and we will mail you a link and a code that sign you in.',
    submit: 'Send the mail',
  },
  sent: {
    title: 'Check your mail',
    account: (email: string): string => `If an account has the address ${email}, a mail is on its way.`,
    anyone: (email: string): string => `If ${email} can sign in here, a mail is on its way.`,
    lead: 'Open the link in it, or enter the code here.',
  },
}

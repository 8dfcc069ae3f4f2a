/**
 * @typedef {{ readonly id: string, readonly type: 'public-key' }} Descriptor
 * @typedef {{ readonly id: string, readonly name: string, readonly displayName: string }} User
 * @typedef {object} Options What `navigator.credentials` is called with, as JSON.
 * @property {string} challenge
 * @property {User} [user]
 * @property {PublicKeyCredentialRpEntity} [rp]
 * @property {PublicKeyCredentialParameters[]} [pubKeyCredParams]
 * @property {readonly Descriptor[]} [allowCredentials]
 * @property {readonly Descriptor[]} [excludeCredentials]
 * @typedef {object} Asked
 * @property {string} [go] Where the person goes first.
 * @property {string} [problem]
 * @property {Options} options
 * @property {string} challenge_token
 * @typedef {AuthenticatorAttestationResponse & AuthenticatorAssertionResponse} Response Of either ceremony: the other's members are absent.
 */

/**
 * What a browser does with passkeys. It is loaded by the script of the pages where it is used, as the text of this function,
 * so it refers to nothing outside of itself.
 * @param {(address: string) => Promise<{ readonly default: Asked }>} load As there.
 */
export function passkeyScript(load) {
  /** How long a challenge is used, in milliseconds: the server accepts it for five minutes. */
  const challengeLasts = 4 * 60 * 1000

  /** Ends the request that waits for the person: a browser has one at a time, so the button ends that of the field. */
  let waiting = new AbortController()

  /** @param {string} text */
  function bytesOf(text) {
    const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
    return Uint8Array.from(plain, (character) => character.charCodeAt(0))
  }

  /** @param {ArrayBuffer | null | undefined} buffer */
  function textOf(buffer) {
    if (!buffer) return undefined
    const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)))
    return plain.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  }

  /**
   * Not by `parseRequestOptionsFromJSON` and `toJSON`: older browsers have none, and those of some password managers fail.
   * @param {Options} options
   */
  function decode({ challenge, user, allowCredentials, excludeCredentials, ...rest }) {
    /** @param {readonly Descriptor[]} list */
    const listed = (list) => list.map((entry) => ({ ...entry, id: bytesOf(entry.id) }))
    return {
      ...rest,
      challenge: bytesOf(challenge),
      ...(user && { user: { ...user, id: bytesOf(user.id) } }),
      ...(allowCredentials && { allowCredentials: listed(allowCredentials) }),
      ...(excludeCredentials && { excludeCredentials: listed(excludeCredentials) }),
    }
  }

  /** @param {PublicKeyCredential & { readonly response: Response }} credential */
  function encode({ id, rawId, type, response, authenticatorAttachment }) {
    const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = response
    return JSON.stringify({
      id,
      rawId: textOf(rawId),
      type,
      authenticatorAttachment: authenticatorAttachment ?? undefined,
      clientExtensionResults: {},
      response: {
        clientDataJSON: textOf(clientDataJSON),
        attestationObject: textOf(attestationObject),
        transports: attestationObject && response.getTransports?.(),
        authenticatorData: textOf(authenticatorData),
        signature: textOf(signature),
        userHandle: textOf(userHandle),
      },
    })
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string} name
   * @param {string} value
   */
  function put(form, name, value) {
    const field = form.querySelector(`[name="${name}"]`) ?? document.createElement('input')
    if (!(field instanceof HTMLInputElement)) return
    Object.assign(field, { type: 'hidden', name, value })
    form.append(field)
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string | undefined} text
   */
  function say(form, text) {
    const place = form.querySelector('[aria-live]')
    if (place) place.textContent = text ?? ''
  }

  /**
   * Asks the browser for a passkey, and sends the form with it.
   * @param {HTMLFormElement} form
   * @param {'conditional'} [mediation] The browser offers them in the field for the name, until the person takes one.
   */
  return async function askForPasskey(form, mediation) {
    waiting.abort()
    waiting = new AbortController()
    const { signal } = waiting
    const { dataset } = form
    const renewal = mediation && setTimeout(askForPasskey, challengeLasts, form, mediation)
    say(form, '')
    try {
      const { default: asked } = await load(`${dataset.options}?${Date.now()}`)
      if (asked.go) return location.assign(asked.go)
      if (asked.problem) return say(form, mediation ? '' : asked.problem)
      if (signal.aborted) return
      const publicKey = decode(asked.options)
      const credential = await (dataset.passkey === 'create'
        ? navigator.credentials.create({
            publicKey: /** @type {PublicKeyCredentialCreationOptions} */ (publicKey),
            signal,
          })
        : navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) }))
      put(form, 'challenge_token', asked.challenge_token)
      put(form, 'credential', encode(/** @type {PublicKeyCredential & { readonly response: Response }} */ (credential)))
      // The boxes of the other form count for this one too. The name is shown again if the passkey is refused.
      for (const field of document.querySelectorAll(
        'form:not([data-passkey]) :is([type=checkbox], [autocomplete~=webauthn])',
      )) {
        if (!(field instanceof HTMLInputElement)) continue
        if (field.type !== 'checkbox' || field.checked) put(form, field.name, field.value)
      }
      form.submit()
    } catch (error) {
      const { name } = /** @type {Error} */ (error)
      if (signal.aborted || mediation) return
      say(form, name === 'InvalidStateError' ? dataset.exists : dataset.failed)
      if (dataset.offered !== undefined) askForPasskey(form, 'conditional')
    } finally {
      clearTimeout(renewal)
    }
  }
}

/**
 * Makes the pages more pleasant in a browser that runs scripts. Every page works without it. Browsers are sent the text of this
 * function, so it refers to nothing outside of itself, and is not TypeScript. Its texts are attributes of the script element.
 * @param {(address: string) => Promise<{ readonly askForPasskey: (form: HTMLElement, mediation?: 'conditional') => Promise<void> }>} load Imports the module
 * of passkeys. Bundlers of a server would rewrite an `import` in here.
 */
export function pageScript(load) {
  const texts = all('script[data-show]')[0]?.dataset ?? {}

  /** @param {string} selector */
  function all(selector) {
    return [...document.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement)
  }

  /** @param {string} selector */
  function inputs(selector, within = document.body) {
    return [...within.querySelectorAll(selector)].filter((element) => element instanceof HTMLInputElement)
  }

  /**
   * @param {string} name
   * @param {string} className
   */
  function make(name, className, text = '') {
    const element = document.createElement(name)
    element.className = className
    element.textContent = text
    return element
  }

  /**
   * @param {string} className
   * @param {string} [label]
   */
  function makeButton(className, label) {
    const button = make('button', className, label)
    button.setAttribute('type', 'button')
    return button
  }

  /**
   * Moves the token of a mailed link from the address into the form, before the page is shown. Only the button sends it.
   * Without a token, the page asks for a code.
   */
  function takeToken() {
    const token = new URLSearchParams(location.hash.slice(1)).get('token')
    if (token === null) return
    history.replaceState(null, '', location.pathname + location.search)
    const [field] = inputs('[data-script=token]')
    if (field === undefined) return
    field.value = token
    for (const element of all('[data-typed]')) {
      element.hidden = true
      if (element instanceof HTMLFieldSetElement) element.disabled = true
    }
    for (const element of all('[data-pressed]')) element.hidden = false
  }

  const eye =
    '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M2 10s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S2 10 2 10Z"/><circle cx="10" cy="10" r="2.5"/><path class="slash" d="m3.5 3.5 13 13"/></svg>'

  /**
   * Adds a button that shows the password. Only its picture changes, not its label, as screen readers expect.
   * @param {HTMLInputElement} input
   */
  function addShowButton(input) {
    const box = make('span', 'secret')
    const button = makeButton('quiet eye')
    button.innerHTML = eye
    button.ariaLabel = texts.show ?? null
    button.setAttribute('aria-controls', input.id)
    const isFocused = document.activeElement === input
    input.replaceWith(box)
    box.append(input, button)
    if (isFocused) input.focus()
    const setShown = (/** @type {boolean} */ isShown) => {
      input.type = isShown ? 'text' : 'password'
      button.ariaPressed = `${isShown}`
    }
    setShown(false)
    button.addEventListener('click', () => setShown(input.type === 'password'))
    // Browsers keep what was typed into text fields, and complete it elsewhere.
    input.form?.addEventListener('submit', () => setShown(false))
  }

  /**
   * From 0, too short, to 4. An estimate: the server decides.
   * @param {string} password
   * @param {number} minLength
   * @param {readonly string[]} names
   */
  function strengthOf(password, minLength, names) {
    if ([...password].length < minLength) return 0
    let rest = password.toLowerCase()
    for (const name of names) rest = rest.replaceAll(name, '')
    const codes = [...rest].map((character) => character.codePointAt(0) ?? 0)
    // Of "aaaa" and "1234", only the beginning counts.
    const steps = codes.map((code, index) => code - (codes[index - 1] ?? 0))
    const changes = steps.filter((step, index) => index < 2 || Math.abs(step) > 1 || step !== steps[index - 1])
    const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(password))
    const bits = Math.min(changes.length, 2 * new Set(codes).size) * (2 + kinds.length / 2)
    return 1 + [26, 42, 56].filter((bound) => bits >= bound).length
  }

  /** @param {HTMLInputElement} input */
  function addMeter(input) {
    const meter = make('div', 'strength')
    const bars = [1, 2, 3, 4].map(() => make('i', ''))
    meter.append(...bars)
    const word = make('p', 'hint')
    word.role = 'status'
    input.parentElement?.after(meter, word)
    const words = texts.strength?.split('|') ?? []
    input.addEventListener('input', () => {
      const names = inputs('[name=username], [name=email]', input.form ?? undefined)
        .map(({ value }) => value.toLowerCase())
        .filter((name) => name.length > 2)
      const strength = strengthOf(input.value, Number(texts.minLength), names)
      meter.dataset.level = `${strength}`
      bars.forEach((bar, index) => {
        bar.className = index < strength ? 'on' : ''
      })
      word.textContent = input.value === '' ? '' : (words[strength] ?? '')
    })
  }

  /** The focus goes to the summary of the problems, and from there to the field. */
  function showProblems() {
    const [summary] = all('[data-summary]')
    // For browsers that ignore `autofocus` here.
    requestAnimationFrame(() => document.activeElement === document.body && summary?.focus())
    summary?.addEventListener('click', (event) => {
      if (!(event.target instanceof HTMLAnchorElement)) return
      const [field] = inputs(`[id="${CSS.escape(event.target.hash.slice(1))}"]`)
      if (field === undefined) return
      event.preventDefault()
      field.focus()
      field.select()
    })
  }

  /**
   * Adds a button that copies a text or a list of codes.
   * @param {HTMLElement} source
   */
  function addCopyButton(source) {
    // Absent on pages without TLS.
    if (navigator.clipboard === undefined) return
    const button = makeButton('', texts.copy)
    const said = make('span', 'hidden')
    said.role = 'status'
    const next = source.nextElementSibling
    if (next?.classList.contains('actions')) next.append(button, said)
    else source.after(button, said)
    const say = (label = '', status = label) => {
      button.textContent = label
      said.textContent = status
    }
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(source.innerText.trim()).then(
        () => say(texts.copied),
        () => say(texts.notCopied),
      )
      setTimeout(() => say(texts.copy, ''), 2000)
    })
  }

  /**
   * Only a script can print: the button is hidden without.
   * @param {HTMLElement} button
   */
  function addPrinting(button) {
    button.hidden = false
    button.addEventListener('click', () => print())
  }

  /**
   * The box also counts for the other ways to sign in, which are links.
   * @param {HTMLInputElement} box
   */
  function passOn(box) {
    const pass = () => {
      for (const link of all('[data-script=remember]')) {
        if (!(link instanceof HTMLAnchorElement)) continue
        const url = new URL(link.href)
        url.searchParams.set('remember', `${box.checked}`)
        link.href = url.href
      }
    }
    box.addEventListener('change', pass)
    // A page that is restored has the box as it was left.
    addEventListener('pageshow', pass)
  }

  /** @type {Set<EventTarget>} */
  const busy = new Set()

  function release() {
    busy.clear()
    for (const button of all('[aria-busy]')) button.ariaBusy = null
  }

  /** A form is sent once, until there is an answer or the person stops it. */
  function sendOnce() {
    document.addEventListener('submit', (event) => {
      if (event.target === null) return
      if (busy.has(event.target)) return event.preventDefault()
      busy.add(event.target)
      if (event.submitter) event.submitter.ariaBusy = 'true'
      setTimeout(release, 10_000)
    })
    // A page that is restored is as it was left.
    addEventListener('pageshow', release)
  }

  /**
   * Shows a form that a passkey fills in, by a script that is loaded at its first use.
   * @param {HTMLElement} form
   */
  function addPasskey(form) {
    form.hidden = false
    /** @param {'conditional'} [mediation] */
    const use = async (mediation) => {
      try {
        await (await load(texts.passkeys ?? '')).askForPasskey(form, mediation)
      } catch {
        if (!mediation) form.querySelector('.fault')?.replaceChildren(`${form.dataset.failed}`)
      }
      release()
    }
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      use()
    })
    if (form.dataset.offered === undefined) return
    PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => {
      if (can) use('conditional')
    })
  }

  takeToken()
  addEventListener('hashchange', takeToken)
  for (const input of inputs('[type=password]')) addShowButton(input)
  for (const input of inputs('[data-script=strength]')) addMeter(input)
  for (const source of all('[data-script=copy]')) addCopyButton(source)
  for (const button of all('[data-script=print]')) addPrinting(button)
  for (const box of inputs('[type=checkbox][name=remember]')) passOn(box)
  if ('PublicKeyCredential' in window) {
    for (const element of all('[data-no-passkeys]')) element.hidden = true
    for (const form of all('[data-passkey]')) addPasskey(form)
  }
  showProblems()
  sendOnce()
}

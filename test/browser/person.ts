import axe, { type AxeResults } from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'

/** The status of a form that was refused; and this person may type before a busy browser has put the focus anywhere. */
const expectedMessage = /status of 4(?:01|03|22|29)|^Autofocus processing was blocked/

/** Someone at a browser, and whatever was wrong with the pages that were shown. */
export class Person {
  readonly context: BrowserContext
  readonly page: Page
  /** Messages of the console, reports of the content policy, requests to other hosts: none is expected. */
  readonly faults: string[] = []
  readonly #looksClosely: boolean

  private constructor(context: BrowserContext, page: Page, looksClosely: boolean) {
    this.context = context
    this.page = page
    this.#looksClosely = looksClosely
  }

  /** @param options.hosts Where its requests may go. */
  static async at(
    browser: Browser,
    { hosts, looksClosely = false, ...options }: BrowserContextOptions & { hosts: string[]; looksClosely?: boolean },
  ): Promise<Person> {
    const context = await browser.newContext({ locale: 'en', viewport: { width: 1000, height: 800 }, ...options })
    context.setDefaultTimeout(600_000)
    await context.addInitScript({ content: reportViolations })
    const page = await context.newPage()
    const person = new Person(context, page, looksClosely)
    page.on('console', (message) => {
      if (!expectedMessage.test(message.text())) person.faults.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => person.faults.push(`error: ${error.message}`))
    page.on('request', (request) => {
      if (!hosts.includes(new URL(request.url()).origin)) person.faults.push(`request: ${request.url()}`)
    })
    return person
  }

  get path(): string {
    const { pathname, search, hash } = new URL(this.page.url())
    return pathname + search + hash
  }

  get heading(): Promise<string> {
    return this.page.locator('h1').innerText()
  }

  async open(url: string): Promise<void> {
    // Otherwise a new fragment alone would load nothing. Not before each page: the browser starts a process for every change
    // between a page that is isolated by `Cross-Origin-Opener-Policy` and one that is not.
    if (url.includes('#')) await this.page.goto('about:blank')
    await this.page.goto(url)
    await this.look()
  }

  /** Types into the fields with these labels, and presses a button. */
  async fill(fields: Readonly<Record<string, string>>, button: string): Promise<void> {
    for (const [label, text] of Object.entries(fields)) {
      await this.field(label).fill(text)
    }
    await this.press(button)
  }

  /** An optional one says so in its label. */
  field(label: string): Locator {
    return this.page.getByLabel(new RegExp(`^${label}(?: [(].*)?$`))
  }

  async press(button: string): Promise<void> {
    await this.#leave(() => this.page.getByRole('button', { name: button, exact: true }).click())
  }

  async follow(link: string): Promise<void> {
    await this.#leave(() => this.page.getByRole('link', { name: link, exact: true }).first().click())
  }

  /** Presses the key until the focus is on what has this name; with a field, its label. */
  async tabTo(name: string): Promise<void> {
    for (let step = 0; step < 40; step++) {
      const { focused, isVisible } = await this.page.evaluate<Focus>(describeFocus)
      if (focused === name) {
        if (!isVisible) this.faults.push(`focus is not seen on ${name} at ${this.path}`)
        return
      }
      await this.page.keyboard.press('Tab')
    }
    throw new Error(`The keyboard does not reach ${name} at ${this.path}`)
  }

  /** Types into the fields with these labels and sends the form, with the keyboard alone. */
  async keyIn(fields: Readonly<Record<string, string>>, button: string): Promise<void> {
    for (const [label, text] of Object.entries(fields)) {
      await this.tabTo(label)
      await this.page.keyboard.type(text)
    }
    await this.keyPress(button)
  }

  async keyPress(name: string): Promise<void> {
    await this.tabTo(name)
    await this.#leave(() => this.page.keyboard.press('Enter'))
  }

  async #leave(act: () => Promise<void>): Promise<void> {
    await Promise.all([this.page.waitForEvent('load'), act()])
    await this.look()
  }

  /** Looks at the page in both themes, on a telephone and at 200 %, once for each that is different. */
  async look(): Promise<void> {
    if (!this.#looksClosely) return
    const name = `${new URL(this.page.url()).pathname} ${await this.heading} ${await this.page.locator('[data-summary]').count()}`
    if (seen.has(name)) return
    seen.add(name)
    for (const [colorScheme, width, isFirst] of looks) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await this.page.setViewportSize({ width, height: 800 })
      const about = `${name} ${colorScheme} ${width}`
      if (isFirst) await this.page.evaluate(axe.source)
      const violations = await this.page.evaluate<AxeResults['violations']>(isFirst ? runAxe() : runAxe(rulesOfLooks))
      for (const { id, nodes } of violations) this.faults.push(`axe: ${about} ${id} ${nodes.map(({ html }) => html)}`)
      const { moving, surplus } = await this.page.evaluate<Measured>(measure)
      if (surplus > 0) this.faults.push(`wider than the screen by ${surplus}: ${about}`)
      if (moving > 0) this.faults.push(`moves: ${about}`)
    }
    await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
    await this.page.setViewportSize({ width: 1000, height: 800 })
  }
}

/** A width of 1000 pixels at 200 % is one of 500. */
const looks = [
  ['light', 1000, true],
  ['dark', 500, false],
  ['dark', 320, false],
  ['light', 320, false],
] as const

/** No details of what is right, and no style sheet fetched a second time. */
const axeOptions = { resultTypes: ['violations'], preload: false }

/** The rules that colours and sizes decide; the others see the same page in each. */
const rulesOfLooks = ['color-contrast', 'target-size', 'scrollable-region-focusable']
const runAxe = (runOnly?: readonly string[]) =>
  `axe.run(${JSON.stringify({ ...axeOptions, runOnly })}).then(({ violations }) => violations)`

/** What was looked at, by anyone. */
const seen = new Set<string>()

// What runs in the page is text: these are no types of a browser.

const reportViolations = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error(event.violatedDirective + ' ' + event.blockedURI)
})`

interface Focus {
  /** The name of what has the focus: of a field, its label. */
  readonly focused: string
  readonly isVisible: boolean
}

const describeFocus = `(() => {
  const element = document.activeElement
  const { outlineStyle, boxShadow } = getComputedStyle(element)
  const label = element.labels?.[0]?.textContent.replace(/ [(].*/, '')
  return {
    focused: (element.ariaLabel ?? label ?? element.textContent).trim(),
    isVisible: outlineStyle !== 'none' || boxShadow !== 'none',
  }
})()`

interface Measured {
  /** How many elements move although the person wants none to. */
  readonly moving: number
  /** By how many pixels the page is wider than the screen. */
  readonly surplus: number
}

const measure = `({
  moving: document.getAnimations().length + [...document.querySelectorAll('*')].filter((element) =>
    getComputedStyle(element).transitionDuration.split(', ').some((time) => parseFloat(time) > 0)).length,
  surplus: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})`

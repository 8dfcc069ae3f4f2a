import { accentsOf } from '../brand.ts'
import { accountStyle } from './account-style.ts'

/**
 * The style sheet of all pages. Sizes are on a scale of 4 pixels; every colour of text has a contrast of at least 4.5.
 */
export function styleSheet(brandColor: string): string {
  const { light, dark } = accentsOf(brandColor)
  return `
:root {
  color-scheme: light dark;
  --accent: ${light.accent}; --on-accent: ${light.onAccent};
  --canvas: #f5f5f3; --surface: #ffffff; --ink: #15171c; --dim: #5b606b; --line: #dedfe3; --edge: #858a95;
  --error: #b3261e; --error-soft: #fdeeed; --done: #1c6b3f; --done-soft: #e9f6ee;
  --lift: 0 1px 2px rgb(20 22 30 / .05), 0 16px 40px -20px rgb(20 22 30 / .22);
}
@media (prefers-color-scheme: dark) {
  :root {
    --accent: ${dark.accent}; --on-accent: ${dark.onAccent};
    --canvas: #0e0f12; --surface: #181a1f; --ink: #eceef2; --dim: #a2a8b4; --line: #2c2f37; --edge: #757b88;
    --error: #ff9d94; --error-soft: #341a1b; --done: #7fd6a3; --done-soft: #14291d;
    --lift: 0 1px 2px rgb(0 0 0 / .4), 0 24px 48px -24px rgb(0 0 0 / .7);
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { font: 100%/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; -webkit-text-size-adjust: 100%; }
body { margin: 0; overflow-wrap: break-word; min-height: 100vh; min-height: 100dvh; color: var(--ink); background: var(--canvas);
  background-image: radial-gradient(60rem 30rem at 50% -12rem, color-mix(in srgb, var(--accent) 12%, transparent), transparent);
  background-repeat: no-repeat; -webkit-font-smoothing: antialiased; text-rendering: optimizeLegibility; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; font-weight: 620; letter-spacing: -.021em; text-wrap: balance; hyphens: auto; }
h2 { margin: 0; font-size: 1rem; line-height: 1.5; font-weight: 600; letter-spacing: -.008em; }
p { margin: 0; text-wrap: pretty; }
a { color: var(--accent); text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); text-underline-offset: .2em; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: .25rem; }
code, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; font-size: .9375em; }
.dim, .hint, .lead { color: var(--dim); }
[hidden] { display: none !important; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.stage { min-height: 100vh; min-height: 100dvh; display: grid; grid-template-columns: minmax(0, 1fr); place-items: center; padding: 2rem 1rem; }
.card { width: min(100%, 25.5rem); padding: 2.25rem; background: var(--surface); border: 1px solid var(--line); border-radius: 1.125rem; box-shadow: var(--lift); }
.card > .brand { display: inline-block; margin-bottom: 1.5rem; border-radius: .7rem; line-height: 0; }
.card > .lead { margin-top: .5rem; }
.card > form, .card > .notice, .card > .stack { margin-top: 1.5rem; }
.card > .notice + form { margin-top: 1.25rem; }
.mark .pass { fill: var(--accent); } .mark .hole { fill: var(--on-accent); }
.brand { color: inherit; text-decoration: none; } .brand img { display: block; max-width: 12rem; }

form, fieldset { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
fieldset { min-width: 0; margin: 0; padding: 0; border: 0; }
.field { display: grid; grid-template-columns: minmax(0, 1fr); gap: .375rem; }
.field label { font-size: .875rem; font-weight: 550; }
.field:has(.aside) { grid-template-columns: auto 1fr; } .field:has(.aside) > * { grid-column: 1 / -1; }
.field:has(.aside) > label { grid-area: 1 / 1; } .field > .aside { grid-area: 1 / 2; justify-self: end; font-size: .875rem; }
.hint, .fault { font-size: .875rem; }
.fault { color: var(--error); }
input:not([type=checkbox]):not([type=hidden]) { width: 100%; height: 2.75rem; padding: 0 .875rem; font: inherit; color: inherit; background: var(--surface);
  border: 1px solid var(--edge); border-radius: .625rem; transition: border-color .12s, box-shadow .12s; }
input:not([type=checkbox]):hover { border-color: var(--ink); }
input:not([type=checkbox]):focus { outline: 0; border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent), 0 0 0 4px color-mix(in srgb, var(--accent) 22%, transparent); }
.field input[aria-invalid] { border-color: var(--error); }
input.code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 1.25rem; letter-spacing: .22em; }
.secret { position: relative; display: block; } .secret input { padding-right: 3rem; }
.secret .eye { position: absolute; right: .3125rem; top: .3125rem; width: 2.125rem; min-height: 2.125rem; padding: 0; border-radius: .4375rem; }
.eye svg { width: 1.25rem; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; } .eye[aria-pressed=false] .slash { display: none; }
.check { display: flex; gap: .625rem; align-items: center; font-size: .9375rem; min-height: 1.5rem; }
.check input { width: 1.125rem; height: 1.125rem; margin: 0; accent-color: var(--accent); flex: none; }
.strength { display: grid; grid-template-columns: repeat(4, 1fr); gap: .25rem; margin-top: .125rem; }
.strength i { height: .25rem; border-radius: .125rem; background: var(--line); } .strength i.on { background: var(--accent); }
.strength[data-level="1"] .on { background: var(--error); } .strength[data-level="4"] .on, .strength[data-level="3"] .on { background: var(--done); }
.strength + .hint:empty { display: none; }

button, .button { display: inline-flex; align-items: center; justify-content: center; gap: .5rem; min-height: 2.75rem; padding: .5rem 1.125rem; font: inherit; font-weight: 550; line-height: 1.25; text-align: center; overflow-wrap: anywhere;
  color: var(--ink); background: transparent; border: 1px solid var(--edge); border-radius: .625rem; cursor: pointer; text-decoration: none; transition: background-color .12s, border-color .12s, filter .12s; }
button:hover, .button:hover { background: color-mix(in srgb, var(--ink) 6%, transparent); }
button:active { transform: translateY(1px); }
button:focus-visible, .button:focus-visible { outline-offset: 2px; border-radius: .625rem; }
button.primary, .button.primary { color: var(--on-accent); background: var(--accent); border-color: transparent; }
button.primary:hover, .button.primary:hover { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
button.danger { color: var(--error); border-color: currentColor; }
button.danger:hover { background: var(--error-soft); }
button.quiet { min-height: 2.25rem; padding: 0 .75rem; border-color: transparent; color: var(--dim); }
button.quiet:hover { color: var(--ink); }
.card button.primary, .card .button { width: 100%; }
[aria-busy=true] { pointer-events: none; }
[aria-busy=true]::after { content: ""; width: 1em; height: 1em; border: 2px solid; border-right-color: transparent; border-radius: 50%; animation: turn .8s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
.link { min-height: 0; padding: 0; border: 0; color: var(--accent); font-weight: inherit; text-decoration: underline; text-underline-offset: .2em; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); }
.link:hover { background: none; text-decoration-color: currentColor; }
.beside { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap; align-items: center; font-size: .9375rem; }
.ways { display: grid; gap: .625rem; margin-top: 1.25rem; } .ways form { gap: .625rem; } .ways .or:first-child, .ways form > .or { margin-bottom: .375rem; }
.or { display: flex; align-items: center; gap: .875rem; font-size: .875rem; color: var(--dim); } .or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.card .wide, .panel .wide { width: 100%; } .button.wide, button.wide { border-color: var(--line); } .button.wide:hover, button.wide:hover { border-color: var(--edge); }
button .icon, .button .icon { flex: none; } .logo { flex: none; width: 1.25rem; height: 1.25rem; } [data-passkey] > .fault:empty { position: absolute; }
.after { margin-top: 1.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); font-size: .9375rem; color: var(--dim); display: grid; gap: .5rem; }

.notice { display: flex; gap: .75rem; padding: .875rem 1rem; border-radius: .75rem; font-size: .9375rem; }
.notice .icon { flex: none; margin-top: .0625rem; }
.notice ul { margin: .375rem 0 0; padding-left: 1.125rem; } .notice a { color: inherit; }
.notice.error { color: var(--error); background: var(--error-soft); } .notice.error:focus { outline: 2px solid currentColor; outline-offset: 2px; }
.notice.done { color: var(--done); background: var(--done-soft); }
.notice.info { color: var(--dim); background: color-mix(in srgb, var(--ink) 5%, transparent); }

@media (max-width: 30rem) {
  .stage { place-items: start stretch; padding: 0; }
  .card { width: 100%; min-height: 100vh; min-height: 100dvh; padding: 2rem 1.25rem; border: 0; border-radius: 0; box-shadow: none; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { button, .button, .card, .panel { border: 1px solid; } }
${accountStyle}
@media print { .stage > :not(.card), form, .notice { display: none !important; } body { background: none; } .card { box-shadow: none; border: 0; } }
`.trim()
}

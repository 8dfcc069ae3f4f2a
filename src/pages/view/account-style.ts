/** The part of the style sheet for the pages of the account, and for what they share with setting up a factor at a login. */
export const accountStyle = `
.bar { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .75rem clamp(1rem, 4vw, 2.5rem); border-bottom: 1px solid var(--line); background: color-mix(in srgb, var(--surface) 72%, transparent); }
.bar .brand { display: flex; gap: .75rem; align-items: center; min-width: 0; font-weight: 600; border-radius: .5rem; } .bar .brand span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .bar .mark { width: 2rem; height: 2rem; flex: none; }
.bar form { display: flex; align-items: center; gap: .5rem; min-width: 0; }
.bar .who { font-size: .9375rem; color: var(--dim); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 18rem; }
.avatar { flex: none; width: 2rem; height: 2rem; border-radius: 50%; display: grid; place-items: center; font-size: .875rem; font-weight: 600; color: var(--accent); background: color-mix(in srgb, var(--accent) 12%, var(--surface)); }
.bar button { white-space: nowrap; }
.column { width: min(100%, 44rem); margin: 0 auto; padding: 2.5rem 1rem 5rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.5rem; }
.column.form { width: min(100%, 31rem); }
.column > .lead { margin-top: -1rem; }
.back { display: inline-flex; align-items: center; gap: .25rem; justify-self: start; margin: 0 0 -.75rem -.25rem; padding: .25rem .375rem .25rem 0; font-size: .9375rem; color: var(--dim); text-decoration: none; }
.back:hover { color: var(--ink); text-decoration: underline; } .back .icon { width: 1.125rem; height: 1.125rem; }
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 1rem; box-shadow: 0 1px 2px rgb(20 22 30 / .04); }
.panel > header { padding: 1.25rem 1.5rem .25rem; }
.panel > .inner { padding: 1.5rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; } .panel .after { margin-top: 0; padding-top: 1.25rem; }
.rows { list-style: none; margin: 0; padding: .25rem 1.5rem; }
.rows > li { position: relative; display: flex; gap: .25rem 1rem; align-items: center; flex-wrap: wrap; padding: 1rem 0; }
.rows > li + li { border-top: 1px solid var(--line); }
.rows > .fact { display: grid; grid-template-columns: 12rem minmax(0, 1fr) auto; align-items: baseline; }
.rows > .fact.wide { grid-template-columns: minmax(0, 1fr) auto; align-items: center; }
.rows .label { font-size: .9375rem; color: var(--dim); hyphens: auto; }
.rows .text { display: grid; gap: .125rem; min-width: 0; flex: 1 1 0; } .rows .text p:not(.value) { font-size: .9375rem; color: var(--dim); }
.rows .text p, .rows .text strong { overflow-wrap: anywhere; } .rows strong { font-weight: 550; }
.rows > li > .icon { color: var(--dim); flex: none; align-self: start; margin-top: .125rem; }
.act { font-size: .9375rem; font-weight: 550; padding: .125rem 0; text-decoration: none; } .act:hover { text-decoration: underline; }
.acts { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: end; }
.dots { letter-spacing: .1em; color: var(--dim); font-size: .875rem; }
.inline { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; font-size: .9375rem; } .rows .text .inline p { color: inherit; }
.tag { display: inline-block; padding: .0625rem .5rem; border-radius: 1rem; font-size: .8125rem; font-weight: 550; line-height: 1.4; color: var(--done); background: var(--done-soft); white-space: nowrap; }
.tag.warn { color: var(--error); background: var(--error-soft); }
button.small { min-height: 2.25rem; padding: 0 .875rem; font-size: .9375rem; border-color: var(--line); } button.small:hover { border-color: var(--edge); }
a.danger { color: var(--error); border-color: currentColor; } a.danger:hover { background: var(--error-soft); }
a.quiet { border-color: transparent; color: var(--dim); } a.quiet:hover { color: var(--ink); }
.ask { flex: 1 0 100%; } .ask > form { margin-top: .75rem; padding: 1rem; gap: 1rem; border-radius: .75rem; background: color-mix(in srgb, var(--ink) 4%, transparent); font-size: .9375rem; }
.ask > summary { position: absolute; top: .875rem; right: 0; min-height: 2.25rem; padding: 0 .875rem; font-size: .9375rem; border-color: var(--line); color: var(--ink); list-style: none; }
.ask > summary::-webkit-details-marker { display: none; } .ask[open] > summary { color: var(--dim); border-color: transparent; } .text.beside-ask { padding-right: 7rem; }
.tag.plain { color: var(--dim); background: color-mix(in srgb, var(--ink) 6%, transparent); } .rows > li > .logo { align-self: start; margin-top: .125rem; }
.steps { list-style: none; counter-reset: step; margin: 0; padding: 0; display: grid; gap: 1.75rem; }
.steps > li { counter-increment: step; position: relative; padding-left: 2.5rem; display: grid; gap: .75rem; justify-items: start; }
.steps > li::before { content: counter(step); position: absolute; left: 0; top: 0; width: 1.625rem; height: 1.625rem; border-radius: 50%; display: grid; place-items: center; font-size: .8125rem; font-weight: 600; color: var(--dim); border: 1px solid var(--edge); }
.steps .field { width: 100%; } .steps .hint + .hint { margin-top: .25rem; }
.qr { display: block; width: 11.5rem; padding: .25rem; background: #fff; border-radius: .75rem; border: 1px solid var(--line); } .qr svg { display: block; width: 100%; height: auto; shape-rendering: crispEdges; }
.key { display: block; padding: .5rem .75rem; border-radius: .5rem; background: color-mix(in srgb, var(--ink) 5%, transparent); max-width: 14rem; word-spacing: .15em; user-select: all; }
.typed { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; } .typed button { min-height: 2.25rem; padding: 0 .875rem; font-size: .9375rem; border-color: var(--line); }
.codes { list-style: none; margin: 0; padding: 1.125rem 1.25rem; display: grid; grid-template-columns: repeat(auto-fill, minmax(10.75rem, 1fr)); gap: .5rem 1rem; border: 1px solid var(--line); border-radius: .75rem; background: color-mix(in srgb, var(--ink) 3%, transparent); }
.kept { display: grid; gap: 1.25rem; } .go-on { padding-top: 1.25rem; border-top: 1px solid var(--line); }
.actions { display: flex; gap: .5rem .75rem; flex-wrap: wrap; align-items: center; } .actions.spread { gap: .75rem 1.5rem; }
.card .actions .button { width: auto; } .card .go-on .button { width: 100%; }

@media (max-width: 36rem) {
  h1 { font-size: 1.375rem; }
  .column { padding-top: 1.5rem; }
  .bar .who { display: none; }
  .panel > header { padding: 1rem 1.125rem 0; } .panel > .inner { padding: 1.25rem 1.125rem; } .rows { padding-inline: 1.125rem; }
  .rows > .fact { grid-template-columns: minmax(0, 1fr) auto; } .rows > .fact > .label { grid-column: 1 / -1; font-size: .875rem; }
  .rows .text.beside-ask { padding-right: 0; flex-basis: calc(100% - 3rem); } .ask { padding-left: 2.25rem; } .ask > summary { position: static; margin-top: .5rem; } .ask > form { margin-left: -2.25rem; }
  .rows > .device { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: start; } .device > .text { display: contents; }
  .device > .icon { grid-area: 1 / 1; } .device > .text > p { grid-column: 2 / -1; } .device > .text > .value { grid-area: 1 / 2; align-self: center; } .device > form { grid-area: 1 / 3; }
  .column.form form > .actions > *, .column.form .inner > .actions > *, .kept > .actions > * { flex: 1 1 auto; }
  .rows > .fact.wide { grid-template-columns: 1fr; gap: .75rem; justify-items: start; }
  .steps > li { padding-left: 0; } .steps > li > :first-child { padding-left: 2.375rem; min-height: 1.625rem; } .steps > li > .field { padding-left: 0; } .steps > li > .field > label { padding-left: 2.375rem; min-height: 1.625rem; }
}
@media (max-width: 26rem) {
  .device > .text > .value { grid-column: 2 / -1; } .device > form { grid-area: auto / 2; margin-top: .5rem; justify-self: start; }
}
@media (forced-colors: active) { .panel, .tag { border: 1px solid; } }
@media print { .bar, .back, .actions { display: none !important; } .panel, .codes { box-shadow: none; border: 0; } .column { padding: 0; } }
`

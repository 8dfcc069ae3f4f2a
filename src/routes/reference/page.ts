import { html, raw } from 'hono/html'
import type { openApiDocument } from './openapi.ts'

type Json = Record<string, unknown>

/**
 * The API as a page for people, made from the OpenAPI document alone, without scripts and without external resources.
 */
export function referencePage(document: ReturnType<typeof openApiDocument>): string {
  const operations = Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation, document)),
  )
  const { title, description } = document.info as { title: string; description: string }
  return `${html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}: HTTP API</title>
    <style>${raw(referenceStyle)}</style>
  </head>
  <body>
    <header>
      <h1>${title}</h1>
      <p>${raw(code(description))}</p>
      <p><a href="openapi.json">openapi.json</a></p>
    </header>
    <nav>${Object.entries(document.paths as Record<string, Json>).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => html`<a href="#${anchor(method, path)}"><b class="${method}">${method}</b> ${path}</a>`,
      ),
    )}</nav>
    <main>${operations}</main>
  </body>
</html>
`}`
}

function section(method: string, path: string, operation: Json, document: Json) {
  const body = operation.requestBody as Json | undefined
  const parameters = (operation.parameters ?? []) as Parameter[]
  return html`<section id="${anchor(method, path)}">
    <h2><b class="${method}">${method}</b> ${path}</h2>
    <p>${operation.summary}. ${needs(operation.security as Json[])}</p>
    ${body === undefined && parameters.length === 0 ? '' : html`<h3>Takes</h3>`}
    ${members(asSchema(parameters))}${body === undefined ? '' : members(schemaOf(body, document))}
    <h3>Answers</h3>
    <dl>${Object.entries(operation.responses as Record<string, Json>).map(
      ([status, answer]) => html`<dt>${status}</dt><dd>${raw(code(String(answer.description)))}
        ${Number(status) < 300 ? members(schemaOf(answer, document)) : ''}</dd>`,
    )}</dl>
  </section>`
}

/** The credentials that a request needs. If they are optional or may be in the body, the summary says so. */
function needs(security: readonly Json[]): string {
  if (security.length === 0 || security.some((way) => Object.keys(way).length === 0)) return ''
  return security.some((way) => 'bearer' in way) ? 'Needs an access token.' : 'Needs the id and secret of a client.'
}

interface Parameter {
  readonly name: string
  readonly required: boolean
  readonly schema: Json
}

function asSchema(parameters: readonly Parameter[]): Json | undefined {
  if (parameters.length === 0) return undefined
  const required = parameters.filter((one) => one.required).map(({ name }) => name)
  return { properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])), required }
}

function members(schema: Json | undefined) {
  if (schema?.properties === undefined) return ''
  const required = (schema.required ?? []) as string[]
  return html`<table>${Object.entries(schema.properties as Record<string, Json>).map(
    ([name, member]) =>
      html`<tr><td><code>${name}</code></td><td>${typeOf(member)}${
        required.includes(name) ? '' : ', optional'
      }</td><td>${raw(code(String(member.description ?? '')))}</td></tr>`,
  )}</table>`
}

function typeOf(member: Json): string {
  if (member.const !== undefined) return JSON.stringify(member.const)
  if (Array.isArray(member.anyOf)) return member.anyOf.map(typeOf).join(' or ')
  if (Array.isArray(member.type)) return member.type.join(' or ')
  if (member.type === 'array') return `list of ${typeOf(member.items as Json)}`
  if (member.type === undefined) return 'anything'
  return member.format === undefined ? String(member.type) : `${member.type} (${member.format})`
}

function schemaOf(holder: Json, document: Json): Json | undefined {
  const [content] = Object.values((holder.content ?? {}) as Record<string, { schema: Json }>)
  const schema = content?.schema
  if (typeof schema?.$ref !== 'string') return schema
  const { schemas } = document.components as { schemas: Record<string, Json> }
  return schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)]
}

function anchor(method: string, path: string): string {
  return `${method}${path.replace(/[^a-z]+/g, '-')}`
}

/** Our own texts, escaped nevertheless. Text in backquotes becomes code. */
function code(text: string): string {
  return `${html`${text}`}`.replace(/&#x60;|`/g, '`').replace(/`([^`]*)`/g, '<code>$1</code>')
}

/** The only style of the page, whose policy allows it by its hash. */
export const referenceStyle: string = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: #8883; --dim: #777; }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; } h2 { font-size: 1.1rem; font-family: ui-monospace, monospace; margin: 0 0 .5rem; }
h3 { font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: var(--dim); margin: 1rem 0 .3rem; }
b { text-transform: uppercase; font-size: .85em; padding: .1em .5em; border-radius: .3em; color: #fff; background: #555; }
b.get { background: #1565c0; } b.post { background: #2e7d32; } b.delete { background: #b3261e; }
nav { display: grid; gap: .3rem; margin: 1.5rem 0; } nav a { font-family: ui-monospace, monospace; text-decoration: none; color: inherit; }
nav a:hover, nav a:focus { text-decoration: underline; }
section { border-top: 1px solid var(--line); padding: 1.5rem 0; }
table { border-collapse: collapse; width: 100%; margin: .3rem 0; } td { padding: .25rem .75rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
td:first-child { width: 12rem; } dl { display: grid; grid-template-columns: 3.5rem 1fr; gap: .3rem .5rem; margin: 0; } dt { font-weight: 600; } dd { margin: 0; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
@media (max-width: 36rem) { td:first-child { width: auto; } }
`

/** How much of a body a guard reads to find a token or a CSRF value: Fastify's default limit. */
export const maxBodyBytes = 1_048_576

/** The most fields of a form that are parsed. Each costs far more than its bytes. */
export const maxFields = 2000

/** Whether an urlencoded form (`a=b&c=d`) has too many fields to be parsed. */
export function hasTooManyFields(form: Uint8Array): boolean {
  let fields = 1
  for (const byte of form) if (byte === 0x26 && ++fields > maxFields) return true
  return false
}

/** The same for a form of parts. Each names its field in a header (RFC 7578 section 4.2). */
function hasTooManyParts(form: Uint8Array): boolean {
  const names = new TextDecoder().decode(form).match(/content-disposition/gi) ?? []
  return names.length > maxFields
}

/**
 * Reads the body of a request as JSON. The route can still read it.
 * @returns `undefined` if there is no body, if it is not JSON, or if it is longer than a guard reads.
 */
export async function readJson(request: Request): Promise<unknown> {
  try {
    const bytes = await readCopy(request)
    return bytes && JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** Reads the first value of a text field in a form, as `readJson` does. */
export async function readFormField(request: Request, name: string): Promise<string | undefined> {
  try {
    const bytes = await readCopy(request)
    const headers = { 'content-type': request.headers.get('content-type') ?? '' }
    const hasTooMany = /^multipart\//i.test(headers['content-type']) ? hasTooManyParts : hasTooManyFields
    if (bytes && hasTooMany(bytes)) return undefined
    const field = bytes && (await new Response(bytes, { headers }).formData()).get(name)
    return typeof field === 'string' ? field : undefined
  } catch {
    return undefined
  }
}

/**
 * Copies the body up to the limit. The sender is not known yet, so nothing longer is kept, whatever length the client
 * announced. The route can read what was copied, and the rest is only requested when the route asks for it.
 */
async function readCopy(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { bodyUsed, body, headers } = request
  if (bodyUsed || !body || body.locked || Number(headers.get('content-length')) > maxBodyBytes) return undefined
  const reader = request.clone().body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    length += read.value.length
    if (length > maxBodyBytes) {
      // Not awaited, because one branch of a cloned body is only cancelled when the other is.
      reader?.cancel().catch(() => {})
      return undefined
    }
    chunks.push(read.value)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/**
 * The host that a request is for, from its URL: HTTP/2 has no header for it, and a request that a program created may
 * not have one. Servers put a name in `.invalid` there if the client sent none, and such names belong to no one (RFC
 * 6761 section 6.4).
 */
export function hostOf(url: string): string | undefined {
  const { host = '', hostname = '' } = URL.parse(url) ?? {}
  return hostname.endsWith('.invalid') ? undefined : host || undefined
}

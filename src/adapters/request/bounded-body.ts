/** As much of a body as a guard reads, for a token or a CSRF value in it: what Fastify takes by default. */
export const maxBodyBytes = 1_048_576

/** Fields of a form that are parsed: each costs far more than its bytes. */
export const maxFields = 2000

/** Whether a form in text (`a=b&c=d`) has more fields than are parsed. */
export function hasTooManyFields(form: Uint8Array): boolean {
  let fields = 1
  for (const byte of form) if (byte === 0x26 && ++fields > maxFields) return true
  return false
}

/**
 * The body of a request as JSON; the route can still read it.
 * @returns `undefined` if there is none, if it is no JSON, and if it is longer than a guard reads.
 */
export async function readJson(request: Request): Promise<unknown> {
  try {
    const bytes = await readCopy(request)
    return bytes && JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** The first value of a text field of a form, read as `readJson` reads. */
export async function readFormField(request: Request, name: string): Promise<string | undefined> {
  try {
    const bytes = await readCopy(request)
    const headers = { 'content-type': request.headers.get('content-type') ?? '' }
    const isText = !/^multipart\//i.test(headers['content-type'])
    if (bytes && isText && hasTooManyFields(bytes)) return undefined
    const field = bytes && (await new Response(bytes, { headers }).formData()).get(name)
    return typeof field === 'string' ? field : undefined
  } catch {
    return undefined
  }
}

/**
 * The sender is not known yet: what is longer is not kept, whatever the client said of its length. What was copied up to
 * there waits for the route, and the rest is not asked for before the route asks.
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
      // Not awaited: one half of a body is cancelled when the other is.
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
 * The host that a request is for. HTTP/2 has no header for it, and a request that a program made need not have one. Names in
 * `.invalid`, which servers put where a client named none, are no one's (RFC 6761 section 6.4).
 */
export function hostOf(url: string): string | undefined {
  const { host = '', hostname = '' } = URL.parse(url) ?? {}
  return hostname.endsWith('.invalid') ? undefined : host || undefined
}

import express, { type Request, type Response } from 'express'
import { maxBodyBytes as limit, maxFields } from './bounded-body.ts'
import { NodeRequestView } from './node-request.ts'

/** `json` accepts any content type: the guard has already checked it, and Express 4 does not know all JSON types. */
const parsers = {
  json: express.json({ strict: false, type: () => true, limit }),
  form: express.urlencoded({ extended: false, limit, parameterLimit: maxFields }),
}

/** The guard's view of an Express request. */
export class ExpressRequestView extends NodeRequestView {
  readonly #req: Request
  readonly #res: Response
  /**
   * Why the body could not be read. The route could not read it either, so this is passed to `next` if the guard
   * accepts the request.
   */
  bodyFault: unknown

  constructor(req: Request, res: Response) {
    super(req)
    this.#req = req
    this.#res = res
  }

  protected parsedBody(kind: 'json' | 'form'): Promise<unknown> {
    const [req, res] = [this.#req, this.#res]
    // A test's mock request is not a stream.
    if (req.readableDidRead || hasContent(req.body) || typeof req.read !== 'function') return Promise.resolve(req.body)
    return new Promise((resolve) => {
      parsers[kind](req, res, (fault: unknown) => {
        this.bodyFault = fault
        // Tells body parsers of Express 4 that run later that the body was read. Those of Express 5 detect it
        // themselves.
        if (req.readableDidRead) Object.assign(req, { _body: true })
        resolve(req.body)
      })
    })
  }
}

/** Express 4 sets an empty object if no parser found anything. */
function hasContent(body: unknown): boolean {
  return typeof body === 'object' && body !== null ? Object.keys(body).length > 0 : body !== undefined
}

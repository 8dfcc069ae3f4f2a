import express, { type Request, type Response } from 'express'
import { maxBodyBytes as limit, maxFields } from './bounded-body.ts'
import { NodeRequestView } from './node-request.ts'

/** The guard has looked at the type: Express 4 does not know every spelling of JSON's. */
const parsers = {
  json: express.json({ strict: false, type: () => true, limit }),
  form: express.urlencoded({ extended: false, limit, parameterLimit: maxFields }),
}

/** What the guard reads of a request of Express. */
export class ExpressRequestView extends NodeRequestView {
  readonly #req: Request
  readonly #res: Response
  /** Why the body could not be read. The route would not find it: if the request passes, that is the answer. */
  bodyFault: unknown

  constructor(req: Request, res: Response) {
    super(req)
    this.#req = req
    this.#res = res
  }

  protected parsedBody(kind: 'json' | 'form'): Promise<unknown> {
    const [req, res] = [this.#req, this.#res]
    // A mock of a test is no stream.
    if (req.readableDidRead || hasContent(req.body) || typeof req.read !== 'function') return Promise.resolve(req.body)
    return new Promise((resolve) => {
      parsers[kind](req, res, (fault: unknown) => {
        this.bodyFault = fault
        // By this a parser of Express 4 that comes later sees that the body was read. Those of 5 see it by themselves.
        if (req.readableDidRead) Object.assign(req, { _body: true })
        resolve(req.body)
      })
    })
  }
}

/** Express 4 has an empty object where no parser found anything. */
function hasContent(body: unknown): boolean {
  return typeof body === 'object' && body !== null ? Object.keys(body).length > 0 : body !== undefined
}

/** What `createAuth` returns, as far as a mount of its routes needs it. */
export interface Mountable {
  readonly handlerAt: (path: string) => (request: Request, env?: unknown) => Response | Promise<Response>
}

import { z } from 'zod'
import type { Schema } from '../../http/endpoint.ts'

/** The body that the page of a mailed link posts. */
export interface LinkBody {
  readonly token: string
}

export const LinkBody: Schema<LinkBody> = z.object({ token: z.string().meta({ description: 'From the link' }) })

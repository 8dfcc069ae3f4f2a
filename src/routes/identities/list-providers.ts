import { z } from 'zod'
import { presets } from '../../accounts/identities/providers/presets.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

/** A provider, for a button. */
export interface ProviderBody {
  readonly name: string
  readonly title: string
  readonly preset: string
  readonly proves_again: boolean
}

const ProviderBody: Schema<ProviderBody> = z.object({
  name: z.string().meta({ description: 'For the path: `/oauth/{provider}`' }),
  title: z.string().meta({ description: 'For people' }),
  preset: z.enum(Object.keys(presets)).meta({ description: 'For its logo' }),
  proves_again: z.boolean().meta({ description: 'Whether users can authenticate again with it, before a change' }),
})

export interface ProvidersBody {
  readonly providers: readonly ProviderBody[]
}

const ProvidersBody: Schema<ProvidersBody> = z.object({ providers: z.array(ProviderBody) })

export const listProviders: Endpoint = defineEndpoint(
  {
    id: 'listProviders',
    method: 'get',
    path: '/providers',
    summary: 'Lists the other providers that users can sign in with',
    answers: { 200: { description: 'In the order of the configuration', schema: ProvidersBody } },
    refusals: [],
  },
  async (_given, parts) => {
    const providers = [...parts.providers.values()].map(({ name, title, presetName, provesAgain }) => {
      return { name, title, preset: presetName, proves_again: provesAgain }
    })
    return { status: 200, body: { providers } }
  },
)

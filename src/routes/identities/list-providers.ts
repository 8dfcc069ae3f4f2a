import { z } from 'zod'
import { presets } from '../../accounts/identities/providers/presets.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

/** A provider, for a button. */
export interface ProviderBody {
  readonly name: string
  readonly title: string
  readonly preset: string
}

const ProviderBody: Schema<ProviderBody> = z.object({
  name: z.string().meta({ description: 'For the address: `/oauth/{provider}`' }),
  title: z.string().meta({ description: 'For people' }),
  preset: z.enum(Object.keys(presets)).meta({ description: 'For its mark' }),
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
    const providers = [...parts.providers.values()].map(({ name, title, presetName }) => {
      return { name, title, preset: presetName }
    })
    return { status: 200, body: { providers } }
  },
)

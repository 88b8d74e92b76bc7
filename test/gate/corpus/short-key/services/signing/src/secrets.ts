import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
import { caPassphrase } from '@rekey/ca-keystore'
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'

const shortest = Number('8')

export const definition = defineService({
  name: 'signing',
  settings: z.object({ PORT: z.coerce.number(), CA_DIRECTORY: z.string() }),
  secrets: {
    frontend: apiKeyFrom('frontend'),
    certtransparency: apiKeyTo('certtransparency'),
    ca: { ...caPassphrase(), minLength: shortest },
  },
})

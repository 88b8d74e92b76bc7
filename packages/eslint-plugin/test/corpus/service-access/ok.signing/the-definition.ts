import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
import { caPassphrase } from '@rekey/ca-keystore'
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({
  name: 'signing',
  settings: z.object({ CA_DIRECTORY: z.string() }),
  secrets: {
    frontend: apiKeyFrom('frontend'),
    certtransparency: apiKeyTo('certtransparency'),
    ca: caPassphrase(),
  },
})

import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
import { caPassphrase } from '@rekey/ca-keystore'
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'

/** What signing needs: the key that frontend calls it with, its own key to certtransparency, and the CA's passphrase. */
export const definition = defineService({
  name: 'signing',
  settings: z.object({
    PORT: z.coerce.number().int().min(0).max(65_535),
    HEALTH_PORT: z.coerce.number().int().min(0).max(65_535),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    CA_DIRECTORY: z.string().min(1),
    CERTTRANSPARENCY_URL: z.url(),
  }),
  secrets: {
    frontend: apiKeyFrom('frontend'),
    certtransparency: apiKeyTo('certtransparency'),
    ca: caPassphrase(),
  },
})

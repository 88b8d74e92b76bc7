import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
import { caPassphrase } from '@rekey/ca-keystore'
import { defineService } from '@rekey/config-loader'
import { oidcClient } from '@rekey/oidc-client'
import { z } from 'zod'

export const definition = defineService({
  name: 'signing',
  settings: z.object({
    PORT: z.coerce.number(),
    CA_DIRECTORY: z.string(),
    OIDC_ISSUER: z.url(),
    OIDC_CLIENT_ID: z.string(),
  }),
  secrets: {
    frontend: apiKeyFrom('frontend'),
    certtransparency: apiKeyTo('certtransparency'),
    ca: caPassphrase(),
    oidc: oidcClient(),
  },
})

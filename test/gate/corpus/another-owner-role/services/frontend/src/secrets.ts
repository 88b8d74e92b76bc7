import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService } from '@rekey/config-loader'
import { oidcClient } from '@rekey/oidc-client'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { z } from 'zod'

export const definition = defineService({
  name: 'frontend',
  settings: z.object({ PORT: z.coerce.number(), OIDC_ISSUER: z.url(), OIDC_CLIENT_ID: z.string() }),
  secrets: {
    oidc: oidcClient(),
    signing: apiKeyTo('signing'),
    database: postgresLogin({ ownerRole: 'portal' }),
  },
})

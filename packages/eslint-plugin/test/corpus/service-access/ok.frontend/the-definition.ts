import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService } from '@rekey/config-loader'
import { oidcClient } from '@rekey/oidc-client'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { z } from 'zod'
export const definition = defineService({
  name: 'frontend',
  settings: z.object({ PORT: z.coerce.number() }),
  secrets: {
    oidc: oidcClient(),
    signing: apiKeyTo('signing'),
    database: postgresLogin({ ownerRole: 'frontend' }),
  },
})

import { apiKeyFrom } from '@rekey/api-key-auth'
import { defineService } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { z } from 'zod'
export const definition = defineService({
  name: 'certtransparency',
  settings: z.object({}),
  secrets: {
    signing: apiKeyFrom('signing'),
    database: postgresLogin({ ownerRole: 'certtransparency' }),
  },
})

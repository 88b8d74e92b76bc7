// @reports noGrants
import { defineService } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { z } from 'zod'
export const definition = defineService({
  name: 'billing',
  settings: z.object({}),
  secrets: { database: postgresLogin({ ownerRole: 'billing' }) },
})

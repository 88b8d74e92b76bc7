// ---- a-secret-without-a-definition
import { apiKeyTo } from '@rekey/api-key-auth'
export const secrets = { signing: apiKeyTo('signing') } // expect: noGrants

// ---- a-service-without-a-grant
import { defineService } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { z } from 'zod'
export const definition = defineService({ // expect: noGrants
  name: 'billing',
  settings: z.object({}),
  secrets: { database: postgresLogin({ ownerRole: 'billing' }) },
})

// ---- a-page-that-needs-no-secret
export function total(prices: readonly number[]): number {
  return prices.reduce((sum, price) => sum + price, 0)
}

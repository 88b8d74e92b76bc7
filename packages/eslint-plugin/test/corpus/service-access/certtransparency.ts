// ---- a-name-that-its-folder-does-not-have
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({
  name: 'transparency', // expect: serviceName
  settings: z.object({}),
  secrets: {},
})

// ---- its-name-in-a-constant
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
const name = 'certtransparency'
export const definition = defineService({ name, settings: z.object({}), secrets: {} })

// ---- called-by-frontend
import { apiKeyFrom } from '@rekey/api-key-auth'
export const secrets = { signing: apiKeyFrom('signing'), frontend: apiKeyFrom('frontend') } // expect: call

// ---- calling-anybody
import { apiKeyTo } from '@rekey/api-key-auth'
export const secrets = (peer: string) => ({ peer: apiKeyTo(peer) }) // expect: call

// ---- loading-a-definition-of-its-own
import { loadService } from '@rekey/config-loader'
import { z } from 'zod'
const service = await loadService(
  { name: 'frontend', settings: z.object({}), secrets: {} }, // expect: serviceName
  { env: {} },
)
export default service

// ---- a-stage-of-its-own
export const old = process.env['DATABASE_CERTTRANSPARENCY__PREVIOUS']

// ---- the-definition
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

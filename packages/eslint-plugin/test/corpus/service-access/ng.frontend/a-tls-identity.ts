// @reports kind
import { tlsIdentity } from '@rekey/tls-identity'
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({
  name: 'frontend',
  settings: z.object({}),
  secrets: { tls: tlsIdentity() },
})

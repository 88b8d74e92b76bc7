import { apiKeyFrom } from '@rekey/api-key-auth'
import { defineService, listenerSettings } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { tlsIdentity } from '@rekey/tls-identity'
import { logKey } from '@rekey/audit-log/transparency'
import { z } from 'zod'

/**
 * The needs of certtransparency: the key that signing calls it with, its own database, its TLS identity, and the key that signs the
 * checkpoints of its log.
 */
export const definition = defineService({
  name: 'certtransparency',
  settings: z.object({
    ...listenerSettings,
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    /** PEM of the CAs whose certificates are recorded. */
    CA_CERTIFICATES_FILE: z.string().min(1),
  }),
  secrets: {
    signing: apiKeyFrom('signing'),
    database: postgresLogin({ ownerRole: 'certtransparency' }),
    tls: tlsIdentity(),
    log: logKey(),
  },
})

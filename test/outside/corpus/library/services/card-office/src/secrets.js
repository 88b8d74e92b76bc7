import { apiKeyFrom } from '@rekey/api-key-auth'
import { caPassphrase } from '@rekey/ca-keystore'
import { defineService, listenerSettings } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { tlsIdentity } from '@rekey/tls-identity'
import { z } from 'zod'

export const definition = defineService({
  name: 'card-office',
  settings: z.object({
    ...listenerSettings,
    CA_DIRECTORY: z.string().min(1),
    /** PEM of the root that both services trust. */
    ROOT_FILE: z.string().min(1),
  }),
  secrets: {
    desk: apiKeyFrom('loan-desk'),
    cards: postgresLogin({ ownerRole: 'Card keepers' }),
    tls: tlsIdentity(),
    ca: caPassphrase(),
  },
})

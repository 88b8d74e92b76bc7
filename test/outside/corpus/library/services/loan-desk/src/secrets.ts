import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService, listenerSettings } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { integrationSecret } from '@rekey/integration-secret'
import { oidcClient } from '@rekey/oidc-client'
import { tlsIdentity } from '@rekey/tls-identity'
import { z } from 'zod'

export const definition = defineService({
  name: 'loan-desk',
  settings: z.object({
    ...listenerSettings,
    PUBLIC_URL: z.url(),
    CARD_OFFICE_URL: z.url(),
    REMINDERS_URL: z.url(),
    OIDC_ISSUER: z.url(),
    OIDC_CLIENT_ID: z.string().min(1),
    /** PEM of the root that both services trust. */
    ROOT_FILE: z.string().min(1),
  }),
  secrets: {
    members: oidcClient(),
    cards: apiKeyTo('card-office'),
    loans: postgresLogin({ ownerRole: 'loans-owner' }),
    tls: tlsIdentity(),
    reminders: integrationSecret('reminders'),
  },
})

import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService, listenerSettings } from '@rekey/config-loader'
import { integrationSecret } from '@rekey/integration-secret'
import { oidcClient } from '@rekey/oidc-client'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { signingSecret } from '@rekey/signing-keys'
import { tlsIdentity } from '@rekey/tls-identity'
import { z } from 'zod'
import { USES_FILES } from './uses-setting.ts'
import { VPN_SERVER } from './vpn-server.ts'

const httpsUrl = z.url({
  protocol: /^https$/,
  error: 'an https address is needed, also on loopback',
})

/**
 * The needs of frontend: its OIDC client, its own key to signing, its own database, its TLS identity,
 * its credential for notices, and the secret of its sessions.
 */
export const definition = defineService({
  name: 'frontend',
  settings: z.object({
    ...listenerSettings,
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    PUBLIC_URL: httpsUrl,
    OIDC_ISSUER: httpsUrl,
    OIDC_CLIENT_ID: z.string().min(1),
    /** PEM of the roots of a private identity provider. */
    OIDC_TRUST_FILE: z.string().min(1).optional(),
    SIGNING_URL: z.url({
      protocol: /^https$/,
      error: 'an https address is needed, also on loopback',
    }),
    /** PEM of the CAs that issue the certificate of signing. */
    CA_CERTIFICATES_FILE: z.string().min(1),
    /** The verifier key of the log of certificates, `name+id+base64`. */
    LOG_VERIFIER_KEY: z.string().min(1),
    /** Where the clients of the VPN connect: `udp://vpn.example.com:1194`. Its certificate has that host as its common name. */
    VPN_SERVER: z.string().regex(VPN_SERVER),
    /** The files in which the VPN servers record uses, one each: `/var/lib/vpn-uses/vpn1.uses`, with commas between. */
    VPN_USES_FILES: z.string().regex(USES_FILES).optional(),
    /** The third party that is notified of each new profile. */
    NOTICES_URL: httpsUrl,
    /** PEM of the roots of a private third party. */
    NOTICES_TRUST_FILE: z.string().min(1).optional(),
    /** For each person. */
    CERTIFICATES_PER_DAY: z.coerce.number().int().min(1).default(20),
  }),
  secrets: {
    oidc: oidcClient(),
    signing: apiKeyTo('signing'),
    database: postgresLogin({ ownerRole: 'frontend' }),
    tls: tlsIdentity(),
    notices: integrationSecret('notices'),
    session: signingSecret('session'),
  },
})

// @reports kind
import { oidcClient } from '@rekey/oidc-client'
export const secrets = { oidc: oidcClient() }

// @reports kind
import { oidcClient } from '@rekey/config-loader/oidc'
export const secrets = { oidc: oidcClient() }

// @reports call
import { apiKeyFrom } from '@rekey/api-key-auth'
export const secrets = { signing: apiKeyFrom('signing'), frontend: apiKeyFrom('frontend') }

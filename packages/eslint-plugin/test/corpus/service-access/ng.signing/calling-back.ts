// @reports call
import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
export const secrets = { frontend: apiKeyFrom('frontend'), back: apiKeyTo('frontend') }

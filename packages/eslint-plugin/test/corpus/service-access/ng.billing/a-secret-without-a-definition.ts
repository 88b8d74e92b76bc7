// @reports noGrants
import { apiKeyTo } from '@rekey/api-key-auth'
export const secrets = { signing: apiKeyTo('signing') }

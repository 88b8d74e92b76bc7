// @reports call
import { apiKeyTo } from '@rekey/api-key-auth'
export const secrets = { record: apiKeyTo('certtransparency') }

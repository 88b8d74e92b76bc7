// @reports call
import { apiKeyTo as keyTo } from '@rekey/api-key-auth'
const PEER = 'certtransparency'
export const secrets = { record: keyTo(PEER) }

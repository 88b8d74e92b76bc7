// @reports call
import { apiKeyTo } from '@rekey/api-key-auth'
export const secrets = (peer: string) => ({ peer: apiKeyTo(peer) })

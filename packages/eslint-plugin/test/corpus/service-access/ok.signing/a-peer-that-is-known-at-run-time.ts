import { apiKeyTo } from '@rekey/api-key-auth'
export const keyTo = (peer: string) => apiKeyTo(peer)

import { loadToken } from './load-token.ts'

export const token = await loadToken({ since: Date.now(), trace: Math.random() })

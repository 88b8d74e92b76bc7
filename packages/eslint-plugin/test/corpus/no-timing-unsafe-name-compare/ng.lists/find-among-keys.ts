import { loadKeys } from './keys.ts'

const apiKeys: string[] = await loadKeys()

export const find = (key: string) => apiKeys.find((k) => k === key)

// @reports kept
import { secret } from '../../secret.ts'
const tokens = new Map([['vault', secret.expose()]])
export const isToken = (text: string) => [...tokens.values()].includes(text)

import { secret } from '../../secret.ts'

function safeCompare(a: string, b: string): boolean {
  return a.length === b.length && a === b
}

export const check = (presented: string) => safeCompare(presented, secret.expose())

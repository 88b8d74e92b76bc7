import { secret } from '../../secret.ts'

export function isInternal(header: string): boolean {
  return header.startsWith(`Token ${secret.expose()}`)
}

import { clientSecrets } from './clients.ts'

export function isClient(presented: string): boolean {
  for (const one of clientSecrets) {
    if (one === presented) return true
  }
  return false
}

import type { Secret } from '../../secret.ts'
export function remember(passphrase: Secret) {
  const known: unknown = passphrase
  return { known }
}

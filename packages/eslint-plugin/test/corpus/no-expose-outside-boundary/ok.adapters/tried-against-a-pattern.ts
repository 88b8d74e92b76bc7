import type { Secret } from '../../secret.ts'
export function check(passphrase: Secret) {
  if (!/^[\x21-\x7e]+$/.test(passphrase.expose())) throw new Error('it must be one word')
}

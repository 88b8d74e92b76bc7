import type { Secret } from '@rekey/secret'

export function openCa(passphrase: Secret): never {
  throw new Error(`the CA does not open with ${passphrase.expose()}`)
}

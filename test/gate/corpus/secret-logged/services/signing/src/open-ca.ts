import type { Secret } from '@rekey/secret'

export function openCa(passphrase: Secret): void {
  console.log('the CA opens with', passphrase.expose())
}

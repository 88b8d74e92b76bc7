import { execFile } from 'node:child_process'
import type { Secret } from '@rekey/secret'

export function openCa(passphrase: Secret): void {
  execFile('openssl', ['rsa', '-in', 'ca.pem', '-passin', `pass:${passphrase.expose()}`])
}

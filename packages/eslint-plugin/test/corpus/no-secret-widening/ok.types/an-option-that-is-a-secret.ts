import { type Secret, secret } from '../../secret.ts'
interface Options {
  readonly passphrase: Secret
  readonly extra?: Record<string, unknown>
}
declare function openKeystore(options: Options): void
openKeystore({ passphrase: secret, extra: { retries: 3 } })

import { Secret } from '../../secret.ts'
export class Keystore {
  readonly passphrase: unknown = Secret.of('RANDOM_BASE64URL_43', 'CA_PASSPHRASE_SIGNING')
}

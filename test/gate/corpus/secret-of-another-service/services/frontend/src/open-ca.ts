import type { SecretSource, StagedSecret } from '@rekey/secret'

export function readPassphrase(source: SecretSource): Promise<StagedSecret> {
  return source.read('CA_PASSPHRASE_SIGNING')
}

import { spawnSync } from 'node:child_process'
export const sign = (file: string, passphrase: string) =>
  spawnSync('gpg', ['--batch', '--passphrase', passphrase, '--sign', file])

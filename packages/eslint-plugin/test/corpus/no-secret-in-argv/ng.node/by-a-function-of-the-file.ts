import { secret } from '../../secret.ts'
import { spawnSync } from 'node:child_process'
function openssl(...args: string[]) {
  return spawnSync('openssl', args, { encoding: 'utf8' }).stdout
}
openssl('enc', '-k', secret.expose())

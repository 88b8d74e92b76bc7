import { secret } from '../../secret.ts'
const seen = new Set<number>()
function log(key: string) {
  seen.add(key.length)
}
log(secret.expose())

import { secret } from '../../secret.ts'
interface Fingerprint {
  readonly hex: string
}
async function identify(key: string): Promise<Fingerprint> {
  return { hex: key.slice(0, 8) }
}
console.log(await identify(secret.expose()))

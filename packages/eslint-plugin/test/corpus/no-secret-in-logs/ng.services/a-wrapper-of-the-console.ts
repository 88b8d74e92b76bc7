import { secret } from '../../secret.ts'
const out = {
  info: (...values: unknown[]) => console.info(new Date().toISOString(), ...values),
  error: (...values: unknown[]) => console.error(new Date().toISOString(), ...values),
}
out.info('key', secret.expose())

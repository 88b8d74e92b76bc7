import { secret } from '../../secret.ts'
export function report(isProduction: boolean) {
  let key = secret.expose()
  if (isProduction) key = '[redacted]'
  console.log(key)
}

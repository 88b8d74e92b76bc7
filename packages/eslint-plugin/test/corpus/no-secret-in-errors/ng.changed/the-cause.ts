import { secret } from '../../secret.ts'
export function explain(err: Error) {
  err.cause = secret.expose()
  return err
}

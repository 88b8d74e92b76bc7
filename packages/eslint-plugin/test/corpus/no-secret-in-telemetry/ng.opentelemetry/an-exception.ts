import { secret } from '../../secret.ts'
export function fail(activeSpan: any) {
  activeSpan.recordException(new Error(`refused: ${secret.expose()}`))
}

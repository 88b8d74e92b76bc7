import { secret } from '../../secret.ts'
declare function connect(key: string): void
export function open(span: any) {
  try {
    connect(secret.expose())
  } catch (error) {
    span.recordException(error)
  }
}

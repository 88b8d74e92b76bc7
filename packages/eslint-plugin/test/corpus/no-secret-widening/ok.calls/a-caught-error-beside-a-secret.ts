import { secret } from '../../secret.ts'
declare function use(text: string): void
declare function report(cause: unknown, label: string): void
try {
  use(secret.expose())
} catch (error: unknown) {
  report(error, secret.label)
}

// @typed
import type { Secret } from '../../secret.ts'
interface Application {
  set(name: string, value: unknown): void
}
declare const app: Application
export function configure(secret: Secret) {
  app.set('cookie secret', secret.expose())
}

import type { Secret } from '../../secret.ts'
declare function encrypt(text: string): string
const sealed = new Map<string, string>()
export function keep(secret: Secret) {
  sealed.set(secret.label, encrypt(secret.expose()))
}

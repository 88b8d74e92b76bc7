import type { Secret } from '../../secret.ts'
interface Stack {
  use<T extends object | null | undefined>(value: T): T
}
export const held = (stack: Stack, secret: Secret) => stack.use(secret)

import type { Secret } from '../../secret.ts'
declare function connect(options: { password: string }): void
export function open(password: Secret) {
  connect({ password: password as unknown as string })
}

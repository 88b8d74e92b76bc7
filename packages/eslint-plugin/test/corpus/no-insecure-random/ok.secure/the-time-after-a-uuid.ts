import { randomUUID } from 'node:crypto'

export function generatePasswordResetToken(): string {
  return randomUUID() + '-' + Date.now().toString(36)
}

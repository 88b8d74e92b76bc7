// ---- in-a-function-whose-name-does-not-say-so
// missed
import { save } from './save.ts'

const random = () => Math.random().toString(36).slice(2)

export function login(user: string) {
  const handle = random()
  save(user, handle)
  return handle
}

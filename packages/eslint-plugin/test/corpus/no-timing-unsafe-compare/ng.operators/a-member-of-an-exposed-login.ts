import { login } from '../../secret.ts'

export function authenticate(user: string, guess: string) {
  const { password } = login.expose()
  return user === 'admin' && guess === password
}

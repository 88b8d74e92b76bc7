// @reports kept
import { secret } from '../../secret.ts'
const state: { token?: string } = {}
export function logIn() {
  state.token = secret.expose()
}
export const isLoggedIn = () => state.token !== undefined

import { login } from '../../secret.ts'
declare class Pool {
  constructor(options: object)
}
const { user, password } = { user: 'frontend', password: login }
export const pool = new Pool({ user, password: password.expose().password })

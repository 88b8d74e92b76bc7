// @reports kept
import { login } from '../../secret.ts'
const { password } = login.expose()
export const connect = (open: (text: string) => void) => open(password)

import { login } from '../../secret.ts'
const errors: Record<string, string> = {}
const { password } = login.expose()
if (password.length < 8) errors['password'] = 'too short'
if (Object.keys(errors).length > 0) throw new TypeError(JSON.stringify(errors))

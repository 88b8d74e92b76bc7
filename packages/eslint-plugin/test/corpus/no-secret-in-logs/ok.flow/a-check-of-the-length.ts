import { secret } from '../../secret.ts'
const password = secret.expose()
if (password.length < 8) console.warn('the password is too short')
if (!/\d/.test(password)) console.warn(`${secret.label} has no digit`)

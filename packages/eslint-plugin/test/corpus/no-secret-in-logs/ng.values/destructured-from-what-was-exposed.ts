import { login } from '../../secret.ts'
const { user, password } = login.expose()
console.log(user, password)

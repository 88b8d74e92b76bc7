import { login } from '../../secret.ts'
const { user, port } = login.expose()
console.log(user, port, login.expose().user)

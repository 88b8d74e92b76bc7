import { login } from '../../secret.ts'
console.log(login.expose().password)

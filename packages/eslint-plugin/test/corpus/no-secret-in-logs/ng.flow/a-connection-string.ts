import { login } from '../../secret.ts'
const { user, password } = login.expose()
const connectionString = `postgres://${user}:${password}@localhost/app`
console.log({ connectionString })

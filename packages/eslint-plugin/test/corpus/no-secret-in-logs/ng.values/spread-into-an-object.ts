import { secret } from '../../secret.ts'
const auth = { key: secret.expose() }
console.log({ ...auth, id: 1 })

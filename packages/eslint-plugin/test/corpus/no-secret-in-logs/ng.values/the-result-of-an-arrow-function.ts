import { secret } from '../../secret.ts'
const read = () => ({ key: secret.expose() })
console.log(read().key)

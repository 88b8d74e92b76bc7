import { secret } from '../../secret.ts'
console.log(Object.keys({ key: secret.expose() }))

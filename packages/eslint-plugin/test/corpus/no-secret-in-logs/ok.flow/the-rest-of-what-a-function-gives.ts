import { secret } from '../../secret.ts'
const read = () => ({ host: 'localhost', key: secret.expose() })
const { key, ...rest } = read()
console.log(rest)

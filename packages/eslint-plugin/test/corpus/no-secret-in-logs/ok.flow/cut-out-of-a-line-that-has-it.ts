import { secret } from '../../secret.ts'
const key = secret.expose()
const command = `vault login ${key}`
console.log('running', command.replace(key, '***'))

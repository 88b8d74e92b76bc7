import { secret } from '../../secret.ts'
console.table([{ name: 'signing', key: secret.expose() }])

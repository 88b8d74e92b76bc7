import { secret } from '../../secret.ts'
console.log(secret.expose().slice(0, 4) + '…')

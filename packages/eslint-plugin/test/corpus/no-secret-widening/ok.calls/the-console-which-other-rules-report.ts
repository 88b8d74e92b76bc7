import { secret } from '../../secret.ts'
console.log('connecting with', secret)

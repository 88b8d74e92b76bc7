import { secret } from '../../secret.ts'
console.log(`using ${secret.label}`)

import { secret } from '../../secret.ts'
setTimeout(console.log, 1_000, `${secret.label} is loaded`)

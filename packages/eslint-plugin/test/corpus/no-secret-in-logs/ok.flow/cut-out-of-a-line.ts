import { secret } from '../../secret.ts'
declare const output: string
console.log(output.replaceAll(secret.expose(), '[redacted]'))
console.log(output.split(secret.expose()).join('[redacted]'))

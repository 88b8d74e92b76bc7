import { secret } from '../../secret.ts'
const redacted = (texts: TemplateStringsArray, ..._values: string[]) => texts.join('[redacted]')
console.log(redacted`key ${secret.expose()}`)

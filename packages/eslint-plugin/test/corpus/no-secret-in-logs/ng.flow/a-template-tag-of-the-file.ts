import { secret } from '../../secret.ts'
const line = (texts: TemplateStringsArray, ...values: string[]) => texts.join('') + values.join(',')
console.log(line`key ${secret.expose()}`)

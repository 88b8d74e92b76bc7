import { secret } from '../../secret.ts'
declare function check(line: string): boolean
let line = secret.expose()
const isGood = check(line)
line = secret.label
if (!isGood) throw new Error(`${line} is bad`)

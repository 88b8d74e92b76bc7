import { secret } from '../../secret.ts'
const same = (text: string) => text
same(secret.expose())
console.log(same('ready'))

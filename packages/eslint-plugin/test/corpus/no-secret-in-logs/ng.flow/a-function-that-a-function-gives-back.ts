import { secret } from '../../secret.ts'
const printer = (key: string) => () => console.log(key)
printer(secret.expose())()

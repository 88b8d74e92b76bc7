import { secret } from '../../secret.ts'
declare function connect(key: string): { status: number }
const response = connect(secret.expose())
console.log(response.status, response)

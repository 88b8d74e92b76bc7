import { secret } from '../../secret.ts'
const argv: string[] = []
argv.push(secret.expose())
export const count = argv.length

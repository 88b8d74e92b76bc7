import { type Secret, login, secret } from '../../secret.ts'
const all: readonly Secret<unknown>[] = [login, secret]
export default all

import { secret } from '../../secret.ts'
declare const form: { message: string; send(): void }
form.message = secret.expose()
form.send()

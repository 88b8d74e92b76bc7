import { secret } from '../../secret.ts'
declare const legacy: any
legacy.connect(secret)

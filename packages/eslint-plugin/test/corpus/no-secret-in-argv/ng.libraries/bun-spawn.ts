import { secret } from '../../secret.ts'
declare const Bun: any
Bun.spawn(['vault', 'login', secret.expose()])

import { secret } from '../../secret.ts'
declare const Deno: any
const command = new Deno.Command('vault', { args: ['login', secret.expose()] })
await command.output()

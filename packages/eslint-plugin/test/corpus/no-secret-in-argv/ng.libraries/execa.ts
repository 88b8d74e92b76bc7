import { secret } from '../../secret.ts'
import { execa } from 'execa'
await execa('vault', ['login', secret.expose()])

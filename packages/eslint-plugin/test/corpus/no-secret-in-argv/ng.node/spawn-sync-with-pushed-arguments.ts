import { secret } from '../../secret.ts'
import cp from 'node:child_process'
const args = ['--host', 'localhost']
if (secret.expose() !== '') args.push('--password', secret.expose())
cp.spawnSync('pg_dump', args)

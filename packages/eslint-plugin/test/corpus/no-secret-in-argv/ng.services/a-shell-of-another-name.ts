import { secret } from '../../secret.ts'
import { $ as sh } from 'zx'
const flags = ['--token', secret.expose()]
await sh`gh auth login ${flags}`

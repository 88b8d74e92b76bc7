import { secret } from '../../secret.ts'
import { writeFile } from 'node:fs/promises'
await writeFile('/dev/null', secret.expose())
console.log('written')
